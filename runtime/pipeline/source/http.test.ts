import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { captureTime, httpSource } from "./http.ts";
import type { Credentials, SourceOptions, SourceState } from "./source.ts";

type Behavior = (response: ServerResponse, request: IncomingMessage) => void;

/** What the camera does at each connection; the last for all that follow. */
let behaviors: Behavior[];
let server: Server;
let sockets: Set<Socket>;
let requests: IncomingMessage[];

beforeEach(async () => {
  [behaviors, sockets, requests] = [[], new Set(), []];
  server = createServer((request, response) => {
    requests.push(request);
    (behaviors.length > 1 ? behaviors.shift()! : behaviors[0]!)(response, request);
  }).listen(0, "127.0.0.1");
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await once(server, "listening");
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const part = (body: string, headers = "") =>
  `--b\r\nContent-Type: image/jpeg\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}\r\n`;
const open = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=b" });

const sends =
  (...bodies: string[]): Behavior =>
  (response) =>
    void open(response).write(bodies.map((body) => part(body)).join(""));
const sendsAndEnds =
  (...bodies: string[]): Behavior =>
  (response) =>
    void open(response).end(bodies.map((body) => part(body)).join(""));
const sendsAndBreaks: Behavior = (response) => {
  open(response).write(`${part("last")}--b\r\nContent-Length: 900\r\n\r\nhalf of`, () => response.destroy());
};
const answers =
  (status: number, headers: Record<string, string> = {}): Behavior =>
  (response) =>
    void response.writeHead(status, headers).end("words");
const wants =
  (login: string): Behavior =>
  (response, request) => {
    const given = Buffer.from(request.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
    (given === login ? sends("frame") : answers(401, { "www-authenticate": "Basic realm=camera" }))(response, request);
  };

/** Reads until so many frames have come, or a state says "Failed" when none are wanted. */
async function watch(wanted: number, options: Partial<SourceOptions> = {}) {
  const stop = new AbortController();
  const states: SourceState[] = [];
  const frames: { text: string; capturedAt: number }[] = [];
  const read = httpSource({ silence: 200, backoff: { base: 2, cap: 5 }, random: () => 0 });
  const source = read({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    framesPerSecond: 100,
    signal: stop.signal,
    onState: (state) => {
      if (JSON.stringify(state) !== JSON.stringify(states.at(-1))) states.push(state);
      if (wanted === 0 && state.state === "Failed") stop.abort();
    },
    ...options,
  });
  for await (const { bytes, capturedAt } of source) {
    frames.push({ text: Buffer.from(bytes).toString(), capturedAt });
    if (frames.length === wanted) stop.abort();
  }
  return { states, frames, texts: frames.map(({ text }) => text) };
}

describe("a network camera", () => {
  test.each<[string, number, Behavior, string]>([
    ["ends its stream", 1, sendsAndEnds("one"), "the camera ended the stream"],
    ["breaks the connection within a frame", 1, sendsAndBreaks, "the connection broke"],
    ["falls silent", 1, sends("one"), "it fell silent"],
    ["answers 503", 0, answers(503), "the camera answers HTTP 503"],
    ["sends a page", 0, answers(200, { "content-type": "text/html" }), "the camera sends text/html"],
    ["sends no multipart", 0, (response) => void open(response).end("x".repeat(20_000)), "no end of boundary"],
  ])("that %s is connected to again", async (_, framesBefore, behavior, words) => {
    behaviors = [behavior, sends("again")];
    const { states, texts } = await watch(framesBefore + 1);
    expect(texts.at(-1)).toBe("again");
    expect(states).toContainEqual({ state: "Connecting", message: expect.stringContaining(words) });
    expect(states.at(-1)).toEqual({ state: "Streaming" });
  });

  test("is called failed when it gives nothing time after time, and streaming when it does again", async () => {
    behaviors = [...Array.from({ length: 5 }, () => answers(500)), sends("back")];
    const { states } = await watch(1);
    expect(states.map(({ state }) => state)).toEqual(["Connecting", "Failed", "Streaming"]);
  });

  test("leaves one connection open at a time, and none in the end", async () => {
    const malformed: Behavior = (response) => {
      open(response).write(`--b\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
    };
    const most: number[] = [];
    const counted = (behavior: Behavior): Behavior => {
      return (response, request) => {
        most.push([...sockets].filter((socket) => !socket.destroyed).length);
        behavior(response, request);
      };
    };
    behaviors = [malformed, answers(500), malformed, answers(404), sends("frame")].map(counted);
    await watch(1);
    await Promise.all([...sockets].filter(({ destroyed }) => !destroyed).map((socket) => once(socket, "close")));
    expect([most, sockets.size]).toEqual([[1, 1, 1, 1, 1], 0]);
  });

  test("that sends a frame bit by bit is waited for", async () => {
    behaviors = [
      (response) => {
        const bytes = part("a slow frame");
        open(response);
        const send = (at: number) => {
          if (at >= bytes.length || response.destroyed) return;
          response.write(bytes.slice(at, at + 12));
          setTimeout(send, 20, at + 12);
        };
        send(0);
      },
    ];
    expect((await watch(1)).texts).toEqual(["a slow frame"]);
    expect(requests).toHaveLength(1);
  });

  test("that answers single pictures is asked again and again, over one connection", async () => {
    let count = 0;
    behaviors = [(response) => void response.writeHead(200, { "content-type": "image/jpeg" }).end(`${(count += 1)}`)];
    const ports = new Set<number | undefined>();
    server.on("request", ({ socket }: IncomingMessage) => ports.add(socket.remotePort));
    expect((await watch(3)).texts).toEqual(["1", "2", "3"]);
    expect(ports.size).toBe(1);
  });
});

describe("a camera with a password", () => {
  const login = (username: string, password: string) => () => Promise.resolve<Credentials>({ username, password });

  test("lets in who knows it", async () => {
    behaviors = [wants("ann:secret")];
    expect((await watch(1, { credentials: login("ann", "secret") })).texts).toEqual(["frame"]);
  });

  test.each([
    ["is told to be given one", undefined, "name a Secret in credentialsSecretRef"],
    ["refuses a wrong one", login("ann", "wrong"), "refuses the user or password of credentialsSecretRef"],
    ["is not asked while the Secret is not mounted", () => Promise.resolve(undefined), "are not mounted"],
  ])("%s", async (_, credentials, words) => {
    behaviors = [wants("ann:secret")];
    const { states } = await watch(0, credentials && { credentials });
    expect(states.at(-1)).toEqual({ state: "Failed", message: expect.stringContaining(words) });
    expect(JSON.stringify(states)).not.toMatch(/wrong"|secret"/);
  });

  test("is let in once the Secret has changed", async () => {
    behaviors = [wants("ann:new")];
    let reads = 0;
    const credentials = () => login("ann", (reads += 1) < 3 ? "old" : "new")();
    expect((await watch(1, { credentials })).texts).toEqual(["frame"]);
  });

  test("that wants Digest says so", async () => {
    behaviors = [answers(401, { "www-authenticate": 'Digest realm="cam"' })];
    expect((await watch(0)).states.at(-1)?.message).toContain("Digest");
  });
});

describe("the time of a frame", () => {
  const now = Date.UTC(2026, 5, 1, 12);
  test.each([
    ["seconds", String(now / 1000 - 1.5), now - 1500],
    ["milliseconds", String(now - 40), now - 40],
    ["a date", "Mon, 01 Jun 2026 11:59:58 GMT", now - 2000],
    ["a clock that is a day off", String(now / 1000 - 86_400), now],
    ["words", "just now", now],
    ["nothing", undefined, now],
  ])("is read from %s", (_, header, time) => {
    expect(captureTime(header, now)).toBe(time);
  });
});
