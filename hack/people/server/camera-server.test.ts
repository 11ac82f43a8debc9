import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { get, type IncomingMessage } from "node:http";
import { readParts, type Part } from "../../../runtime/pipeline/source/multipart.ts";
import { LENSES } from "../camera/sensors.ts";
import type { Scene } from "../scene/store-scene.ts";
import { type CameraServer, serveCameras, type ServeOptions, UnknownCamera } from "./camera-server.ts";
import { loopClock } from "./loop-clock.ts";

/** A loop of three frames whose pictures say which they are, each as large as asked for. */
function sceneOf(camera: string, bytes = 4): Scene {
  const jpegs = [0, 1, 2].map((index) => Buffer.alloc(bytes, `${index}`));
  const truth = jpegs.map((_, index) => ({ index, at: index / 20, people: [] }));
  const script = { camera, width: 8, height: 8, fps: 20, seconds: 0.15, seed: 1, ...LENSES.clean, visits: [] };
  return { script, jpegs, truth };
}

let server: CameraServer;
async function serve(scenes: Scene[], options?: ServeOptions): Promise<void> {
  server = await serveCameras(scenes, options);
}
afterEach(() => server.close());

async function connect(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, resolve).on("error", reject));
}

async function take(url: string, count: number): Promise<Part[]> {
  return readFrom(await connect(url), count);
}

async function readFrom(response: IncomingMessage, count: number): Promise<Part[]> {
  const boundary = /boundary=(.+)$/.exec(response.headers["content-type"] ?? "")?.[1] ?? "";
  const parts: Part[] = [];
  for await (const part of readParts(response, boundary)) {
    parts.push(part);
    if (parts.length === count) break;
  }
  return parts;
}

/** The number of frames that the camera had shown before this one. */
function orderOf({ headers }: Part): number {
  const [loop, index] = headers.get("x-frame")!.split("/").map(Number) as [number, number];
  return loop * 3 + index;
}

describe("a camera server", () => {
  test("streams the loop, each part with its length, its place in the loop, and its time", async () => {
    await serve([sceneOf("door")]);
    const parts = await take(server.url("door"), 5);
    const order = parts.map(orderOf);
    parts.forEach(({ headers, body }, index) => {
      expect(headers.get("content-type")).toBe("image/jpeg");
      expect(headers.get("content-length")).toBe("4");
      expect(body.toString()).toBe(String(order[index]! % 3).repeat(4));
    });
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });

  test("shows all clients the same frame at the same time", async () => {
    await serve([sceneOf("door")]);
    const [a, b] = await Promise.all([take(server.url("door"), 4), take(server.url("door"), 4)]);
    const bodies = new Map(a.map(({ headers, body }) => [headers.get("x-timestamp"), body.toString()]));
    const common = b.filter(({ headers }) => bodies.has(headers.get("x-timestamp")));
    expect(common.length).toBeGreaterThan(0);
    for (const { headers, body } of common) expect(bodies.get(headers.get("x-timestamp"))).toBe(body.toString());
  });

  test("tells the truth of a frame by its index and by the time at which it was due", async () => {
    await serve([sceneOf("door")]);
    const [part] = await take(server.url("door"), 1);
    const index = Number(part!.headers.get("x-frame")!.split("/")[1]);
    const due = new Date(Math.ceil(Number(part!.headers.get("x-timestamp")) * 1000) + 1);
    expect(server.truthAt("door", due).index).toBe(index);
    expect(server.truthAt("door", 4).index).toBe(1);
  });

  test("gives the truth of the whole loop as JSON", async () => {
    await serve([sceneOf("door")]);
    const answer = (await (await fetch(`${server.url("door")}/truth`)).json()) as { camera: string; frames: unknown[] };
    expect(answer.camera).toBe("door");
    expect(answer.frames).toHaveLength(3);
  });

  test("skips the frames that a client was too slow to take", async () => {
    await serve([sceneOf("door", 4 * 1024 * 1024)]);
    const slow = await connect(server.url("door"));
    slow.pause();
    await take(server.url("door"), 10);
    const orders = (await readFrom(slow, 4)).map(orderOf);
    const gaps = orders.slice(1).map((order, index) => order - orders[index]!);
    expect(Math.max(...gaps)).toBeGreaterThan(5);
  });

  test.each([
    ["no password", undefined, 401],
    ["a wrong password", "ada:wrong", 401],
    ["the right password", "ada:lovelace", 200],
  ])("answers %s as basic authentication says", async (_, given, status) => {
    await serve([sceneOf("door")], { credentials: { door: { username: "ada", password: "lovelace" } } });
    const headers = given === undefined ? {} : { Authorization: `Basic ${Buffer.from(given).toString("base64")}` };
    const response = await fetch(`${server.url("door")}/snapshot.jpg`, { headers });
    expect(response.status).toBe(status);
    await response.arrayBuffer();
  });

  test("names the cameras there are when asked for another", async () => {
    await serve([sceneOf("door"), sceneOf("hall")]);
    const response = await fetch(server.url("door").replace("door", "roof"));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("door, hall");
    expect(() => server.url("roof")).toThrow(UnknownCamera);
  });
});

describe("a loop's clock", () => {
  beforeAll(() => serve([]));
  const clock = loopClock({ started: 1000, fps: 4, frames: 3 });

  test.each([
    [1000, 0, 0],
    [1249, 0, 0],
    [1250, 0, 1],
    [1750, 1, 0],
    [2500, 2, 0],
  ])("shows at %p the frame %p/%p", (now, loop, index) => {
    expect(clock.at(now)).toMatchObject({ loop, index });
    expect(clock.next(now)).toBeGreaterThan(now);
  });
});
