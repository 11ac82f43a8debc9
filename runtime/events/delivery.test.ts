import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Delivery } from "./delivery.ts";
import { writeEvent, type Sighting } from "./event.ts";
import { Outbox } from "./outbox.ts";
import { openSink, outcomeOf, sinkKey } from "./sink.ts";

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
  return { key, delivery: new Delivery({ outbox, sink: openSink(spec), key, random: () => 0 }) };
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
    const { key, delivery } = deliveryTo(outbox);
    for (let count = 0; count < 3; count += 1) outbox.accept([key], String);
    delivery.notify();
    await enough.promise;
    await delivery.drain(2_000);
    expect(received).toEqual(seen);
    expect(outbox.depth).toBe(0);
  });

  test("stay in the outbox when the runtime stops before the sink is back", async () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    answers = Array.from({ length: 50 }, () => 0);
    const { key, delivery } = deliveryTo(outbox);
    outbox.accept([key], String);
    delivery.notify();
    await delivery.drain(50);
    expect(outbox.pending(key, 10)).toHaveLength(1);
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

test("an event is a CloudEvent that says who, where and by which revision", () => {
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
  const identity = { known: true, person: "p-01", distance: 0.3 } as const;
  const event = JSON.parse(
    writeEvent(7, { namespace: "doors", node: "agx-1" }, sighting, { type: "identified", identity }),
  );
  expect(event).toEqual({
    specversion: "1.0",
    id: "agx-1-7",
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
