import { Agent, request } from "undici";
import type { CameraStreamSpec } from "../../crds/camerastream.ts";
import type { Parcel } from "./outbox.ts";

/** What came of posting a parcel: `retry` keeps it, `refused` gives it up. */
export type Outcome = "delivered" | "refused" | "retry";

/** A place events go to. */
export interface Sink {
  /** Never rejects: what goes wrong is an outcome. */
  send(parcel: Pick<Parcel, "body">, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

type SinkSpec = CameraStreamSpec["sinks"][number];

/** Where a sink leads: cameras whose sinks lead to the same place share its queue. */
type Address = Pick<SinkSpec, "type" | "url">;

const makers: Record<SinkSpec["type"], (url: string) => Sink> = { Stdout: stdout, HTTP: http };

export function openSink({ type, url = "" }: Address): Sink {
  return makers[type](url);
}

/** Names a sink in the outbox. */
export function sinkKey({ type, url }: Address): string {
  return url === undefined ? type : `${type} ${url}`;
}

/** The sink that a key names; undefined when this build knows none of the kind. */
export function sinkOf(key: string): Address | undefined {
  const [, type = "", url] = /^([A-Za-z]+)(?: (.*))?$/.exec(key) ?? [];
  if (!Object.hasOwn(makers, type)) return undefined;
  return { type: type as SinkSpec["type"], ...(url !== undefined && { url }) };
}

function stdout(): Sink {
  // A reader that has gone is an outcome of each write, and no reason to end.
  process.stdout.on("error", () => undefined);
  return {
    send: ({ body }) =>
      new Promise((resolve) => {
        process.stdout.write(`${body}\n`, (error) => resolve(error ? "retry" : "delivered"));
      }),
    close: () => Promise.resolve(),
  };
}

/** Milliseconds that a receiver may take for a step. */
const patience = 10_000;

function http(url: string): Sink {
  const dispatcher = new Agent({ connectTimeout: patience, headersTimeout: patience, bodyTimeout: patience });
  const headers = { "content-type": "application/cloudevents+json; charset=UTF-8" };
  return {
    async send({ body }, signal) {
      try {
        const response = await request(url, { method: "POST", body, headers, dispatcher, signal });
        await response.body.dump({ limit: 64 * 1024 });
        return outcomeOf(response.statusCode);
      } catch {
        return "retry";
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** Answers of 4xx that ask for another time, and not for another event. */
const passing: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

/** A receiver that answers 4xx will not take the event the next time either, unless it says to wait. */
export function outcomeOf(status: number): Outcome {
  if (status < 300) return "delivered";
  return status >= 400 && status < 500 && !passing.has(status) ? "refused" : "retry";
}
