import type { Readable } from "node:stream";
import { Agent, type Dispatcher } from "undici";
import { ApiError, type Status } from "./api-error.ts";
import { readBytes } from "./bytes.ts";
import type { Clock } from "./clock.ts";
import type { Connection, Credentials } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import type { RestMetrics } from "./metrics/rest.ts";

/** One request, above HTTP and below the verbs of the API. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the server's URL, percent-encoded. */
  readonly path: string;
  /** Parameters that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly accept?: string | undefined;
  readonly contentType?: string | undefined;
  readonly body?: unknown;
}

/** An answer of 2xx whose body is still to be read. */
export interface ApiResponse {
  readonly status: number;
  readonly body: Readable;
}

/** The longest error body that is read, in bytes. */
const ERROR_BODY_LIMIT = 1 << 20;
/** How long the body of an error may take, in milliseconds. */
const ERROR_BODY_TIME = 10_000;
/** The codes of a connection that the server had closed before the request arrived. */
const STALE_CODES: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

function urlOf(path: string, query: ApiRequest["query"] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

function parseStatus(text: string): Status {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return { message: text.slice(0, 200) };
  }
}

/** A pool that speaks HTTP/1.1, so that each watch has a connection of its own and a stalled one stalls alone. */
function connect({ tls }: Credentials): Promise<Dispatcher> {
  const agent = new Agent({
    allowH2: false,
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 },
  });
  return Promise.resolve(agent);
}

/** Differs between credentials whose connections must not be shared. */
function fingerprintOf({ server, tls }: Credentials): string {
  const parts = [server, tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)];
  return parts.map((part) => part?.toString() ?? "").join("\0");
}

/** An error for a request that got no answer, or half of one. */
export function unreachableBecause(what: string, cause: unknown): ApiError {
  const { code, message } = cause as { code?: string; message?: string };
  return new ApiError(`${what}: no answer: ${code ?? message ?? "connection lost"}`, { kind: "Unreachable", cause });
}

/** Sends requests over one pool of connections, with credentials that follow rotation. */
export class Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #metrics: RestMetrics | undefined;
  #pool: { readonly fingerprint: string; readonly dispatcher: Promise<Dispatcher> } | undefined;

  constructor(options: { connection: Connection; clock: Clock; userAgent: string; metrics?: RestMetrics | undefined }) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#userAgent = options.userAgent;
    this.#metrics = options.metrics;
  }

  /**
   * Sends a request and waits for the head of the answer. A GET that met a connection which the server had just
   * closed, and a request whose token had just been rotated, are sent once more; nothing else is.
   *
   * @param signal Ends the request and the reading of its body.
   * @throws ApiError for an answer that is not 2xx, and for no answer; the signal's reason when it aborted.
   */
  async send(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    try {
      return await this.#attempt(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!this.#mayRepeat(request, error)) throw error;
      return this.#attempt(request, signal);
    }
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await (await pool?.dispatcher)?.destroy();
  }

  #mayRepeat({ method }: ApiRequest, error: unknown): boolean {
    if (!(error instanceof ApiError)) return false;
    if (error.kind === "Unauthorized") {
      this.#connection.invalidate();
      return true;
    }
    const code = (error.cause as { code?: string } | undefined)?.code;
    return method === "GET" && error.kind === "Unreachable" && code !== undefined && STALE_CODES.has(code);
  }

  async #attempt(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const credentials = await this.#connection.credentials();
    const dispatcher = await this.#dispatcherFor(credentials);
    const started = this.#clock.monotonic();
    const response = await this.#dispatch(dispatcher, credentials, request, signal);
    this.#metrics?.observe(request.method, String(response.statusCode), (this.#clock.monotonic() - started) / 1000);
    if (response.statusCode >= 200 && response.statusCode < 300) {
      return { status: response.statusCode, body: response.body };
    }
    throw await this.#refusal(request, response);
  }

  async #dispatch(
    dispatcher: Dispatcher,
    { server, headers }: Credentials,
    { method, path, query, accept = "application/json", contentType = "application/json", body }: ApiRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { origin, pathname } = new URL(server);
    try {
      return await dispatcher.request({
        origin,
        path: urlOf(`${pathname.replace(/\/+$/, "")}${path}`, query),
        method,
        headers: {
          accept,
          "user-agent": this.#userAgent,
          ...headers,
          ...(body !== undefined && { "content-type": contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      this.#metrics?.observe(method, "<error>", 0);
      throw unreachableBecause(`${method} ${path}`, error);
    }
  }

  async #refusal({ method, path }: ApiRequest, response: Dispatcher.ResponseData): Promise<ApiError> {
    const what = `${method} ${path}`;
    const after = Number(response.headers["retry-after"] ?? Number.NaN);
    using deadline = new Deadline({ clock: this.#clock, what, allowed: ERROR_BODY_TIME });
    const text = await readBytes(response.body, ERROR_BODY_LIMIT, deadline.signal).then(
      (bytes) => bytes.toString("utf8"),
      () => "",
    );
    return ApiError.from(what, response.statusCode, parseStatus(text), Number.isFinite(after) ? after : undefined);
  }

  /** The pool for these credentials. One made with an older certificate closes when its last request is done. */
  async #dispatcherFor(credentials: Credentials): Promise<Dispatcher> {
    const fingerprint = fingerprintOf(credentials);
    if (this.#pool?.fingerprint === fingerprint) return this.#pool.dispatcher;
    const retired = this.#pool?.dispatcher;
    const dispatcher = (this.#connection.dispatcher ?? connect)(credentials);
    this.#pool = { fingerprint, dispatcher };
    retired?.then((old) => old.close()).catch(() => undefined);
    dispatcher.catch(() => (this.#pool = undefined));
    return dispatcher;
  }
}
