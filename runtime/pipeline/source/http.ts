import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request, type Dispatcher } from "undici";
import { boundaryOf, readParts } from "./multipart.ts";
import type { EncodedFrame, SourceOptions } from "./source.ts";

const silenceLimit = 10_000;
const backoff = { first: 250, last: 15_000 };

/** Why a camera gives no frames, in words for the camera's state. */
class NoFrames extends Error {
  override name = "NoFrames";
}

/**
 * Frames of a network camera that sends `multipart/x-mixed-replace` JPEG. Reconnects with exponential backoff and
 * jitter when the connection ends, errs, or is silent for 10 s. A part's `X-Timestamp` (seconds or milliseconds since
 * the epoch, or a date) is taken as the time of capture, else the time of arrival.
 */
export async function* readHttp(options: SourceOptions): AsyncGenerator<EncodedFrame, void> {
  const { onState, signal } = options;
  const agent = new Agent({ headersTimeout: silenceLimit, bodyTimeout: silenceLimit, connectTimeout: silenceLimit });
  let failures = 0;
  try {
    while (!signal.aborted) {
      onState({ state: "Connecting" });
      try {
        for await (const frame of connect(options, agent)) {
          if (failures >= 0) onState({ state: "Streaming" });
          failures = -1;
          yield frame;
        }
        onState({ state: "Connecting", message: "the camera ended the stream" });
      } catch (error) {
        onState({ state: failures > 3 ? "Failed" : "Connecting", message: describe(error) });
      }
      failures += 1;
      await sleep(delayAfter(failures), undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await agent.destroy();
  }
}

async function* connect(options: SourceOptions, dispatcher: Dispatcher): AsyncGenerator<EncodedFrame, void> {
  const { url, credentials, signal } = options;
  const authorization =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  const { statusCode, headers, body } = await request(url, {
    dispatcher,
    signal,
    headers: authorization === undefined ? {} : { authorization },
  });
  if (statusCode !== 200) throw new NoFrames(refusal(statusCode, credentials !== undefined));
  const boundary = boundaryOf(String(headers["content-type"] ?? ""));
  if (boundary === undefined) {
    throw new NoFrames(`the camera sends ${String(headers["content-type"])}: a multipart JPEG address is needed`);
  }
  for await (const part of readParts(body, boundary)) {
    yield { bytes: part.body, capturedAt: captureTime(part.headers.get("x-timestamp")) ?? Date.now() };
  }
}

/** Milliseconds since the epoch of what a camera wrote as time, or undefined when it is none. */
export function captureTime(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const number = Number(header);
  const milliseconds = Number.isNaN(number) ? Date.parse(header) : number < 1e11 ? number * 1000 : number;
  return Number.isFinite(milliseconds) && milliseconds > 0 ? milliseconds : undefined;
}

function refusal(status: number, withCredentials: boolean): string {
  if (status === 401 || status === 403) {
    return withCredentials
      ? `the camera refuses the user or password of credentialsSecretRef (HTTP ${status})`
      : `the camera wants a user and password (HTTP ${status}): name a Secret in credentialsSecretRef`;
  }
  return `the camera answers HTTP ${status}`;
}

function describe(error: unknown): string {
  if (error instanceof NoFrames) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return `the camera cannot be read: ${code ?? message}`;
}

function delayAfter(failures: number): number {
  const ceiling = Math.min(backoff.last, backoff.first * 2 ** Math.max(0, failures));
  return ceiling * (0.5 + Math.random() / 2);
}
