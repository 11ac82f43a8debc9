import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request, type Dispatcher } from "undici";
import { type Backoff, backoffDelay, type Random } from "../../../operator/kit/backoff.ts";
import { hasAborted } from "../../../operator/kit/deadline.ts";
import { boundaryOf, defaultPartLimits, MalformedMultipart, readParts } from "./multipart.ts";
import type { Credentials, EncodedFrame, Source, SourceOptions } from "./source.ts";

/** Times in milliseconds, and chance. */
export interface HttpTiming {
  /** Silence after which a connection is given up. */
  silence: number;
  /** A stream that lasted this long was a good one: the next failure is a first one. */
  steady: number;
  backoff: Backoff;
  random: Random;
}

const defaults: HttpTiming = {
  silence: 10_000,
  steady: 10_000,
  backoff: { base: 250, cap: 15_000 },
  random: Math.random,
};

/** Failures in a row after which a camera is called failed and no longer connecting. */
const failuresToFail = 4;
/** How far a camera's clock may be off, in milliseconds, before the node's own is believed instead. */
const clockTolerance = 60_000;

/** Why a camera gives no frames, in words for the camera's state. */
class NoFrames extends Error {
  override name = "NoFrames";
}

type Response = Dispatcher.ResponseData;

/**
 * Frames of a network camera: of a `multipart/x-mixed-replace` stream of JPEG, or of an address that answers one JPEG,
 * which is then asked for at the camera's frame rate. Reconnects with exponential backoff and jitter when the connection
 * ends, errs or is silent. A part's `X-Timestamp` (seconds or milliseconds since the epoch, or a date) is taken as the
 * time of capture when it is within a minute of the node's clock, else the time of arrival.
 */
export function httpSource(timing: Partial<HttpTiming> = {}): Source {
  const { silence, steady, backoff, random } = { ...defaults, ...timing };
  return async function* readHttp(options) {
    const { onState, signal } = options;
    const agent = new Agent({ headersTimeout: silence, bodyTimeout: silence, connectTimeout: silence });
    try {
      for (let failures = 0; !signal.aborted;) {
        const start = performance.now();
        let problem = "the camera ended the stream";
        try {
          for await (const frame of connect(options, agent)) {
            onState({ state: "Streaming" });
            yield frame;
          }
        } catch (error) {
          problem = describe(error);
        }
        if (hasAborted(signal)) return;
        failures = performance.now() - start >= steady ? 1 : failures + 1;
        onState({ state: failures < failuresToFail ? "Connecting" : "Failed", message: problem });
        await sleep(backoffDelay(backoff, failures, random), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      await agent.destroy();
    }
  };
}

/** Frames of one connection, or of one after another while the camera answers single pictures. */
async function* connect(options: SourceOptions, agent: Agent): AsyncGenerator<EncodedFrame, void> {
  for (let single = true; single;) {
    const due = performance.now() + 1000 / options.framesPerSecond;
    const response = await get(options, agent);
    try {
      const boundary = boundaryOf(contentTypeOf(response));
      single = boundary === undefined;
      if (boundary !== undefined) yield* readStream(response, boundary);
      else yield { bytes: await readSingle(response), capturedAt: Date.now() };
    } finally {
      discard(response);
    }
    if (single) await sleep(Math.max(0, due - performance.now()), undefined, { signal: options.signal });
  }
}

/** @throws NoFrames for an answer that is no picture and no stream of them. */
async function get({ url, credentials, signal }: SourceOptions, dispatcher: Agent): Promise<Response> {
  const login = await credentials?.();
  if (credentials !== undefined && login === undefined) {
    throw new NoFrames("its user and password are not mounted: see credentialsSecretRef");
  }
  const headers = login === undefined ? {} : { authorization: basic(login) };
  const response = await request(url, { dispatcher, signal, headers });
  const type = contentTypeOf(response);
  const problem =
    response.statusCode === 200
      ? problemWith(type)
      : refusal(response.statusCode, String(response.headers["www-authenticate"] ?? ""), login !== undefined);
  if (problem === undefined) return response;
  discard(response);
  throw new NoFrames(problem);
}

async function* readStream({ body }: Response, boundary: string): AsyncGenerator<EncodedFrame, void> {
  for await (const part of readParts(body, boundary)) {
    const now = Date.now();
    yield { bytes: part.body, capturedAt: captureTime(part.headers.get("x-timestamp"), now) };
  }
}

async function readSingle({ body }: Response): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > defaultPartLimits.body) throw new NoFrames(`the picture exceeds ${defaultPartLimits.body} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Closes the connection unless the answer has been read to its end; undici tells that as an error, which it is not. */
function discard({ body }: Response): void {
  body.on("error", () => undefined).destroy();
}

/** Milliseconds since the epoch of what a camera wrote as time; `now` when that is no time near it. */
export function captureTime(header: string | undefined, now: number): number {
  if (header === undefined) return now;
  const number = Number(header);
  const milliseconds = Number.isNaN(number) ? Date.parse(header) : number < 1e11 ? number * 1000 : number;
  return Math.abs(milliseconds - now) <= clockTolerance ? milliseconds : now;
}

function contentTypeOf({ headers }: Response): string {
  return String(headers["content-type"] ?? "");
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function problemWith(type: string): string | undefined {
  if (boundaryOf(type) !== undefined || /^image\/jpe?g\b/i.test(type)) return undefined;
  const what = type === "" ? "something without a Content-Type" : type.slice(0, 100);
  return `the camera sends ${what}: an address of multipart JPEG or of single JPEGs is needed`;
}

function refusal(status: number, challenge: string, withLogin: boolean): string {
  if (status !== 401 && status !== 403) return `the camera answers HTTP ${status}`;
  if (/^digest/i.test(challenge)) return "the camera wants Digest authentication: allow Basic in its settings";
  return withLogin
    ? `the camera refuses the user or password of credentialsSecretRef (HTTP ${status})`
    : `the camera wants a user and password (HTTP ${status}): name a Secret in credentialsSecretRef`;
}

/** What undici's errors mean for a camera, by their codes. */
const meanings: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_HEADERS_TIMEOUT: "it does not answer",
  UND_ERR_BODY_TIMEOUT: "it fell silent",
  UND_ERR_SOCKET: "the connection broke",
  ECONNRESET: "the connection broke",
  ECONNREFUSED: "nothing listens at its address",
  ENOTFOUND: "its host name is unknown",
};

function describe(error: unknown): string {
  if (error instanceof NoFrames) return error.message;
  if (error instanceof MalformedMultipart) return `the camera's stream cannot be read: ${error.message}`;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return `the camera cannot be read: ${meanings[code] ?? (code === "" ? message : code)}`;
}
