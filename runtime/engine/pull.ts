import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, interceptors, request } from "undici";
import { requireSpace, type FreeSpace } from "./disk.ts";
import { EngineError } from "./errors.ts";
import type { ArtifactSource } from "./source.ts";

/** How far a pull is, in bytes; `total` is absent when the server does not tell. */
export interface PullProgress {
  bytes: number;
  total?: number;
}

/** How a pull is bounded. */
export interface PullOptions {
  digest: string;
  /** Largest file that is taken, in bytes. */
  maxBytes: number;
  /** Silence after which a connection is given up, in milliseconds. */
  silence: number;
  /** Attempts in all. */
  attempts: number;
  /** Milliseconds before attempt `failures + 1`. */
  delay: (failures: number) => number;
  free?: FreeSpace;
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
}

/** An attempt failed in a way that the next one may not: no connection, a 5xx, or an end before the whole was there. */
class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Answers that a server may not give again. Source: RFC 9110, section 15; RFC 6585, section 4. */
const transient = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Writes a source's bytes to a new file `to`, verified. Repeats interrupted attempts from the start with backoff.
 * @throws EngineError PullFailed when all attempts were interrupted; ArtifactMissing, ArtifactTooLarge, DigestMismatch
 * and DiskFull at once, since the same bytes would come again.
 */
export async function pull(source: ArtifactSource, to: string, options: PullOptions): Promise<void> {
  for (let failures = 0; ;) {
    try {
      await attempt(source, to, options);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      failures += 1;
      if (failures >= options.attempts) {
        const message = `${addressOf(source)} could not be pulled in ${failures} attempts: ${error.message}`;
        throw new EngineError("PullFailed", message, { cause: error });
      }
      await sleep(options.delay(failures), undefined, { signal: options.signal });
    }
  }
}

async function attempt(source: ArtifactSource, to: string, options: PullOptions): Promise<void> {
  await using origin = await (source.type === "http" ? openHttp(source.url, options) : openFile(source.path));
  const { total, body } = origin;
  requireSize(source, total ?? 0, options.maxBytes);
  await requireSpace(dirname(to), total ?? 0, options.free);
  const hash = createHash("sha256");
  await using file = await open(to, "w");
  const progress: PullProgress = { bytes: 0, ...(total !== undefined && { total }) };
  for await (const chunk of interruptible(body)) {
    progress.bytes += chunk.length;
    requireSize(source, progress.bytes, options.maxBytes);
    hash.update(chunk);
    await file.writeFile(chunk);
    options.onProgress?.(progress);
  }
  if (total !== undefined && progress.bytes !== total) {
    throw new Interrupted(`it ended after ${progress.bytes} of ${total} bytes`);
  }
  requireDigest(source, `sha256:${hash.digest("hex")}`, options.digest);
}

interface Origin extends AsyncDisposable {
  readonly total?: number;
  readonly body: AsyncIterable<Uint8Array>;
}

async function openHttp(url: URL, { silence, signal }: PullOptions): Promise<Origin> {
  const agent = new Agent({ headersTimeout: silence, bodyTimeout: silence, connectTimeout: silence });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: 5 }));
  try {
    const answer = await request(url, { dispatcher, signal: signal ?? null });
    const length = Number(answer.headers["content-length"] ?? Number.NaN);
    requireFound(url, answer.statusCode);
    return {
      body: answer.body,
      ...(Number.isSafeInteger(length) && { total: length }),
      [Symbol.asyncDispose]: () => agent.destroy(),
    };
  } catch (error) {
    await agent.destroy();
    if (error instanceof EngineError || error instanceof Interrupted) throw error;
    throw new Interrupted(`no answer (${causeOf(error)})`, { cause: error });
  }
}

function requireFound(url: URL, status: number): void {
  if (status === 200) return;
  if (transient.has(status)) throw new Interrupted(`the server answered HTTP ${status}`);
  const message = `${addressOf({ type: "http", url })} is not there: the server answered HTTP ${status}`;
  throw new EngineError("ArtifactMissing", `${message}; correct source.uri`);
}

async function openFile(path: string): Promise<Origin> {
  const found = await stat(path);
  if (!found.isFile()) throw new EngineError("ArtifactMissing", `${path} is not a plain file: name one in source.uri`);
  const body = createReadStream(path);
  return {
    total: found.size,
    body,
    [Symbol.asyncDispose]: () => {
      body.destroy();
      return Promise.resolve();
    },
  };
}

async function* interruptible(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new Interrupted(`the connection broke (${causeOf(error)})`, { cause: error });
  }
}

function requireSize(source: ArtifactSource, bytes: number, most: number): void {
  if (bytes <= most) return;
  const message = `${addressOf(source)} has more than the ${most} bytes that are taken: is it the right file?`;
  throw new EngineError("ArtifactTooLarge", message);
}

function requireDigest(source: ArtifactSource, found: string, wanted: string): void {
  if (found === wanted) return;
  const message = `${addressOf(source)} hashes to ${found}, not to ${wanted} as source.digest says`;
  throw new EngineError("DigestMismatch", `${message}: correct source.digest, or find out who changed the file`);
}

/** Without user, password and query, which can hold tokens. */
function addressOf(source: ArtifactSource): string {
  return source.type === "http" ? `${source.url.origin}${source.url.pathname}` : source.path;
}

/** The code of a network error, such as ECONNREFUSED: its message can hold the whole address. */
function causeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name);
}
