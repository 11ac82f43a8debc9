import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FrameTruth } from "../scene/draw-scene.ts";
import type { Scene } from "../scene/store-scene.ts";
import { type LoopClock, loopClock, type Moment } from "./loop-clock.ts";
import { MULTIPART, sendFrame } from "./multipart.ts";

export type Credentials = { username: string; password: string };

export type ServeOptions = {
  /** Where to listen; a port of 0 takes a free one. Loopback and 0 by default. */
  host?: string;
  port?: number;
  /** How much faster than life the loops play; 1 by default. */
  fpsScale?: number;
  /** HTTP basic authentication, by camera; cameras without an entry are open. */
  credentials?: Partial<Record<string, Credentials>>;
};

/** Cameras on the network, and what they show. */
export type CameraServer = {
  /** The address of a camera's stream (multipart JPEG). */
  url(camera: string): string;
  /** The truth of a frame: by its index in the loop, or by the time (a Date) at which the camera sent it. */
  truthAt(camera: string, moment: number | Date): FrameTruth;
  /** Ends every stream and frees the port. */
  close(): Promise<void>;
};

/** There is no camera of this name; `known` lists those there are. */
export class UnknownCamera extends Error {
  override name = "UnknownCamera";
  readonly camera: string;
  readonly known: string[];
  constructor(camera: string, known: string[]) {
    super(`There is no camera "${camera}". Use one of: ${known.join(", ")}.`);
    this.camera = camera;
    this.known = known;
  }
}

/** A scene being played: its clock and, when asked for, its password. */
type Camera = { scene: Scene; clock: LoopClock; credentials: Credentials | undefined };

/**
 * Serves scenes as network cameras do: `GET /<camera>` is an endless multipart/x-mixed-replace of JPEGs that plays the
 * loop in real time for all clients alike, `GET /<camera>/snapshot.jpg` the current frame, and `GET /<camera>/truth`
 * the truth of the whole loop as JSON. A client that does not keep up misses frames; nothing is queued for it.
 */
export async function serveCameras(scenes: readonly Scene[], options: ServeOptions = {}): Promise<CameraServer> {
  const { host = "127.0.0.1", port = 0, fpsScale = 1, credentials = {} } = options;
  const started = Date.now();
  const cameras = new Map<string, Camera>(
    scenes.map((scene) => {
      const clock = loopClock({ started, fps: scene.script.fps * fpsScale, frames: scene.jpegs.length });
      return [scene.script.camera, { scene, clock, credentials: credentials[scene.script.camera] }];
    }),
  );
  const find = (name: string): Camera => {
    const camera = cameras.get(name);
    if (camera === undefined) throw new UnknownCamera(name, [...cameras.keys()]);
    return camera;
  };
  const server = createServer((request, response) => answer(cameras, request, response));
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: (name) => `http://${host}:${address.port}/${encodeURIComponent(find(name).scene.script.camera)}`,
    truthAt: (name, moment) => {
      const { scene, clock } = find(name);
      const index = typeof moment === "number" ? moment : clock.at(moment.getTime()).index;
      return scene.truth[index % scene.truth.length]!;
    },
    close: () => closeServer(server),
  };
}

function answer(cameras: ReadonlyMap<string, Camera>, request: IncomingMessage, response: ServerResponse): void {
  const [name = "", view = ""] = new URL(request.url ?? "/", "http://camera").pathname.slice(1).split("/");
  const camera = cameras.get(decodeURIComponent(name));
  if (request.method !== "GET") {
    refuse(response, 405, "Only GET is answered.");
  } else if (camera === undefined) {
    refuse(response, 404, `No such camera. Cameras: ${[...cameras.keys()].join(", ")}.`);
  } else if (!isAllowed(camera.credentials, request.headers.authorization)) {
    response.setHeader("WWW-Authenticate", 'Basic realm="camera"');
    refuse(response, 401, "This camera asks for a user and a password.");
  } else {
    show(camera, view, response);
  }
}

function show(camera: Camera, view: string, response: ServerResponse): void {
  switch (view) {
    case "":
      stream(camera, response);
      break;
    case "snapshot.jpg":
      response.writeHead(200, { "Content-Type": "image/jpeg", "Cache-Control": "no-store" });
      response.end(jpegAt(camera, camera.clock.at(Date.now())));
      break;
    case "truth":
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ ...camera.scene.script, frames: camera.scene.truth }));
      break;
    default:
      refuse(response, 404, "A camera has /, /snapshot.jpg and /truth.");
  }
}

/**
 * Sends each frame when its time comes, and none while the client still has the last one to take. A timer may fire a
 * moment early, while the frame before is still the one that is due: that one is not sent again.
 */
function stream(camera: Camera, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": MULTIPART, "Cache-Control": "no-store", Connection: "close" });
  let timer: NodeJS.Timeout;
  let sent = -Infinity;
  const send = (): void => {
    const now = Date.now();
    const moment = camera.clock.at(now);
    if (moment.due > sent && !response.writableNeedDrain) {
      sendFrame(response, jpegAt(camera, moment), moment);
      sent = moment.due;
    }
    timer = setTimeout(send, Math.max(1, camera.clock.next(now) - now));
  };
  response.on("close", () => clearTimeout(timer));
  send();
}

function jpegAt({ scene }: Camera, { index }: Moment): Buffer {
  return scene.jpegs[index]!;
}

function isAllowed(wanted: Credentials | undefined, header: string | undefined): boolean {
  if (wanted === undefined) return true;
  const expected = Buffer.from(`Basic ${Buffer.from(`${wanted.username}:${wanted.password}`).toString("base64")}`);
  const given = Buffer.from(header ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "text/plain" }).end(`${message}\n`);
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
