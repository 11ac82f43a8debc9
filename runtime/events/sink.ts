import { Agent, request } from "undici";
import type { CameraStreamSpec } from "../../crds/camerastream.ts";
import type { Parcel } from "./outbox.ts";

/** What came of posting parcels: `retry` keeps them, `refused` gives them up. */
export type Outcome = "delivered" | "refused" | "retry";

/** A place events go to. `send` never throws. */
export interface Sink {
  send(parcel: Parcel, signal: AbortSignal): Promise<Outcome>;
}

type SinkSpec = CameraStreamSpec["sinks"][number];

/** Sinks by the type of a CameraStream's sink. */
const makers: Record<SinkSpec["type"], (spec: SinkSpec) => Sink> = { Stdout: stdout, HTTP: http };

export function openSink(spec: SinkSpec): Sink {
  return makers[spec.type](spec);
}

/** Names a sink by where it leads, so that cameras that share one share its queue. */
export function sinkKey({ type, url }: SinkSpec): string {
  return url === undefined ? type : `${type} ${url}`;
}

function stdout(): Sink {
  return {
    send: ({ body }) =>
      new Promise((resolve) => {
        process.stdout.write(`${body}\n`, (error) => resolve(error ? "retry" : "delivered"));
      }),
  };
}

const patience = 10_000;

function http({ url }: SinkSpec): Sink {
  const dispatcher = new Agent({ connectTimeout: patience, headersTimeout: patience, bodyTimeout: patience });
  return {
    async send({ body }, signal) {
      try {
        const headers = { "content-type": "application/cloudevents+json; charset=UTF-8" };
        const response = await request(url!, { method: "POST", body, headers, dispatcher, signal });
        await response.body.dump({ limit: 64 * 1024 });
        return outcomeOf(response.statusCode);
      } catch {
        return "retry";
      }
    },
  };
}

/** A receiver that answers 4xx will not take the event the next time either, unless it says to wait. */
export function outcomeOf(status: number): Outcome {
  if (status < 300) return "delivered";
  return status >= 400 && status < 500 && ![401, 403, 404, 408, 425, 429].includes(status) ? "refused" : "retry";
}
