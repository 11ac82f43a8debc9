import { createServer, type IncomingMessage } from "node:http";
import { listening, type LocalServer } from "./local-server.ts";

/** What the runtime says of a track; see runtime/events/event.ts. */
export interface TrackEvent {
  id: string;
  type: string;
  time: string;
  data: {
    camera: string;
    track: string;
    revision: string;
    box: { x: number; y: number; width: number; height: number };
    frames?: number;
    identity?: { known: boolean; person?: string };
    expression?: { label: string };
  };
}

/** The integrator's side: receives CloudEvents and keeps them. */
export interface Hub extends LocalServer {
  /** Each event once, in the order of arrival. */
  readonly events: readonly TrackEvent[];
}

/** Bound on one event, in bytes. */
const limit = 64 * 1024;

export async function openHub(): Promise<Hub> {
  const events = new Map<string, TrackEvent>();
  const server = createServer((request, response) => {
    read(request).then(
      (event) => {
        if (!events.has(event.id)) events.set(event.id, event);
        response.writeHead(202).end();
      },
      () => response.writeHead(400).end(),
    );
  });
  const local = await listening(server);
  return {
    url: local.url,
    get events() {
      return [...events.values()];
    },
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}

async function read(request: IncomingMessage): Promise<TrackEvent> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > limit) throw new RangeError("the event is too large");
  }
  return JSON.parse(body) as TrackEvent;
}
