import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Delivery } from "./delivery.ts";
import { CloudEvent } from "cloudevents";
import { writeEvent, type Happening, type Sighting } from "./event.ts";
import { Outbox } from "./outbox.ts";
import { openSink, outcomeOf, sinkKey, sinkOf } from "./sink.ts";

let server: Server;
let answers: number[];
let received: string[];
let enough: PromiseWithResolvers<void>;
let wanted: number;
beforeEach(async () => {
  [answers, received, enough, wanted] = [[], [], Promise.withResolvers<void>(), Infinity];
  server = createServer((incoming, response) => {
    incoming.setEncoding("utf8");
    let body = "";
    incoming.on("data", (chunk: string) => (body += chunk));
    incoming.on("end", () => {
      const status = answers.shift() ?? 202;
      if (status === 0) return void incoming.socket.destroy();
      received.push(`${status} ${body}`);
      response.writeHead(status).end();
      if (received.length >= wanted) enough.resolve();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

function deliveryTo(outbox: Outbox) {
  const spec = {
    name: "hook",
    type: "HTTP",
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  } as const;
  const key = sinkKey(spec);
  const accept = (...bodies: string[]) => outbox.accept(bodies.map((body) => ({ sink: key, write: () => body })));
  return { key, accept, delivery: new Delivery({ outbox, sink: openSink(spec), key, random: () => 0 }) };
}

describe("events for an HTTP sink", () => {
  test.each([
    ["arrive in their order", [], ["202 1", "202 2", "202 3"]],
    ["wait for a sink that answers 503", [503], ["503 1", "202 1", "202 2", "202 3"]],
    ["wait for a sink that breaks the connection", [0, 0], ["202 1", "202 2", "202 3"]],
    ["are given up when the sink refuses them for good", [202, 422], ["202 1", "422 2", "202 3"]],
  ])("%s", async (_, script, seen) => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    [answers, wanted] = [[...script], seen.length];
    const { accept, delivery } = deliveryTo(outbox);
    accept("1", "2", "3");
    delivery.notify();
    await enough.promise;
    await delivery.drain(2_000);
    expect(received).toEqual(seen);
    expect(outbox.depth).toBe(0);
  });

  test("stay in the outbox when the runtime stops before the sink is back", async () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    answers = Array.from({ length: 50 }, () => 0);
    const { key, accept, delivery } = deliveryTo(outbox);
    accept("event");
    delivery.notify();
    await delivery.drain(50);
    expect(outbox.pending(key, 10)).toHaveLength(1);
  });

  test("do not wait for the next attempt when the runtime stops and the sink is back", async () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    answers = Array.from({ length: 12 }, () => 503);
    const { accept, delivery } = deliveryTo(outbox);
    accept("event");
    [wanted] = [3];
    delivery.notify();
    await enough.promise;
    answers = [];
    await delivery.drain(60_000);
    expect([received.at(-1), outbox.depth]).toEqual(["202 event", 0]);
  });

  test("are sent again when the disk failed after they had been sent", async () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    const settle = outbox.settle.bind(outbox);
    let failures = 1;
    outbox.settle = (...settled) => {
      if (failures-- > 0) throw new Error("disk full");
      settle(...settled);
    };
    const { accept, delivery } = deliveryTo(outbox);
    accept("event");
    delivery.notify();
    await delivery.drain(10_000);
    expect([received, outbox.depth]).toEqual([["202 event", "202 event"], 0]);
  });
});

test.each([
  [200, "delivered"],
  [202, "delivered"],
  [400, "refused"],
  [422, "refused"],
  [401, "retry"],
  [429, "retry"],
  [500, "retry"],
])("an answer of %i means %s", (status, outcome) => {
  expect(outcomeOf(status)).toBe(outcome);
});

test("a sink is found again by its key, and one of an unknown kind is left alone", () => {
  const sink = { type: "HTTP", url: "https://events.example.com/a b" } as const;
  expect(sinkOf(sinkKey(sink))).toEqual(sink);
  expect(sinkOf(sinkKey({ type: "Stdout" }))).toEqual({ type: "Stdout" });
  expect(sinkOf("MQTT mqtt://broker/faces")).toBeUndefined();
});

const sighting: Sighting = {
  camera: "entrance",
  track: "t1",
  time: Date.UTC(2026, 0, 2),
  box: { x: 1.4, y: 2.6, width: 90.2, height: 99.9 },
  frame: { width: 320, height: 240 },
  revision: "abc",
  engineKey: "key",
  galleryVersion: "v1",
};
const write = (happening: Happening, { galleryVersion, ...rest }: Sighting = sighting): unknown =>
  JSON.parse(
    writeEvent(
      { sequence: 7, outbox: "0a1b" },
      { namespace: "doors", node: "agx-1" },
      { sighting: { ...rest, ...(galleryVersion !== undefined && { galleryVersion }) }, happening },
    ),
  );

test("an event is a CloudEvent that says who, where and by which revision", () => {
  const identity = { known: true, person: "p-01", distance: 0.3 } as const;
  expect(write({ type: "identified", identity })).toEqual({
    specversion: "1.0",
    id: "0a1b-7",
    source: "/facefleet/doors/agx-1/entrance",
    type: "dev.facefleet.track.identified",
    subject: "t1",
    time: "2026-01-02T00:00:00.000Z",
    datacontenttype: "application/json",
    sequence: "7",
    data: {
      camera: "entrance",
      track: "t1",
      identity,
      box: { x: 1, y: 3, width: 90, height: 100 },
      frame: { width: 320, height: 240 },
      revision: "abc",
      engineKey: "key",
      galleryVersion: "v1",
    },
  });
});

test.each([
  [{ type: "identified", identity: { known: false } }],
  [{ type: "expression", expression: { label: "happy", probability: 0.9 } }],
  [{ type: "ended", frames: 12, seconds: 3.5 }],
] as const)("the CloudEvents SDK takes %o", (happening) => {
  const event = write(happening);
  expect(new CloudEvent(event as object).toJSON()).toEqual(event);
});
