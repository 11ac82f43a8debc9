import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createLogger } from "../../operator/kit/log.ts";
import type { Occurrence } from "../events/event.ts";
import { Outbox } from "../events/outbox.ts";
import { Post } from "./post.ts";

let folder: string;
let server: Server;
let isAway: boolean;
let received: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "post-"));
  [isAway, received] = [false, []];
  server = createServer((incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    incoming.on("end", () => {
      if (!isAway) received.push(`${incoming.url ?? ""} ${(JSON.parse(body) as { sequence: string }).sequence}`);
      response.writeHead(isAway ? 503 : 202).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

const sink = (path: string) =>
  ({ name: path, type: "HTTP", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}` }) as const;

const occurrence: Occurrence = {
  sighting: {
    camera: "entrance",
    track: "t1",
    time: 0,
    box: { x: 0, y: 0, width: 1, height: 1 },
    frame: { width: 2, height: 2 },
    revision: "a",
    engineKey: "key-a",
  },
  happening: { type: "identified", identity: { known: false } },
};

const open = (drainTime = 5_000) =>
  new Post({
    file: join(folder, "outbox.db"),
    origin: { namespace: "doors", node: "orin-1" },
    drainTime,
    random: () => 0,
    log: createLogger({ name: "test", level: "silent" }),
  });

describe("the post of a node", () => {
  test("brings each event to each address once, though two sinks lead there", async () => {
    const post = open();
    post.send([sink("a"), { ...sink("a"), name: "same" }, sink("b")], [occurrence, occurrence]);
    await post[Symbol.asyncDispose]();
    expect(received.toSorted()).toEqual(["/a 1", "/a 3", "/b 2", "/b 4"]);
  });

  test("delivers what an earlier run accepted, though no camera has the sink any more", async () => {
    isAway = true;
    const before = open(0);
    before.send([sink("a")], [occurrence, occurrence]);
    expect(before.counts).toMatchObject({ accepted: 2, pending: 2 });
    await before[Symbol.asyncDispose]();
    isAway = false;
    const after = open();
    await after[Symbol.asyncDispose]();
    expect(received).toEqual(["/a 1", "/a 2"]);
    expect(after.counts).toMatchObject({ accepted: 2, delivered: 2, pending: 0 });
  });

  test("keeps events for a kind of sink that it does not know, as after a downgrade", async () => {
    const file = join(folder, "outbox.db");
    {
      using outbox = new Outbox({ file, capacity: 10 });
      outbox.accept([{ sink: "MQTT mqtt://broker", write: () => "event" }]);
    }
    const post = open();
    expect(post.counts.pending).toBe(1);
    await post[Symbol.asyncDispose]();
  });

  test("counts what the disk does not take, and goes on", async () => {
    const post = open();
    const unwritable = { ...occurrence, sighting: { ...occurrence.sighting, time: Number.NaN } };
    post.send([sink("a")], [unwritable]);
    post.send([sink("a")], [occurrence]);
    await post[Symbol.asyncDispose]();
    expect([post.counts, received]).toMatchObject([{ accepted: 1, delivered: 1, unwritten: 1 }, ["/a 1"]]);
  });

  test("has nothing to do for a camera without sinks", async () => {
    const post = open();
    post.send([], [occurrence]);
    await post[Symbol.asyncDispose]();
    expect(post.counts).toMatchObject({ accepted: 0, unwritten: 0 });
  });
});
