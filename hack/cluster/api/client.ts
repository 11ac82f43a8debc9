import { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";

/** Where an API server is and who calls it: PEM certificates and key. */
export interface ApiAccess {
  server: string;
  authority: string;
  certificate: string;
  key: string;
}

/** The API server refused: `status` is the HTTP status, `reason` the API's own word, for example `NotFound`. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** Whether an error is the API server's answer with one of these HTTP statuses. */
export function isApiError(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

export type PatchType = "application/merge-patch+json" | "application/strategic-merge-patch+json";

export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

/** Calls an API server with JSON; a node of the local cluster must stay small, and needs no more than this. */
export interface ApiClient {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  create<T>(path: string, body: object): Promise<T>;
  replace<T>(path: string, body: object): Promise<T>;
  patch<T>(path: string, type: PatchType, body: object): Promise<T>;
  delete(path: string, body?: object): Promise<void>;
  /** Yields events until the server ends the watch or the signal is aborted; throws if the connection fails. */
  watch<T>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>>;
  /** The raw text of an answer. */
  text(path: string): Promise<string>;
  close(): void;
}

/** How long a request, other than a watch, may go without a byte. */
const silenceMilliseconds = 10_000;

interface Call {
  method: string;
  path: string;
  body?: object | undefined;
  contentType?: string;
  signal?: AbortSignal | undefined;
  /** A watch: silence is no failure. */
  endless?: boolean;
}

export function createApiClient(access: ApiAccess): ApiClient {
  const { authority: ca, certificate: cert, key } = access;
  const agent = new Agent({ keepAlive: true, ca, cert, key });

  async function json<T>(call: Call): Promise<T> {
    return JSON.parse(await readAll(await send(access.server, agent, call))) as T;
  }

  async function* watch<T>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const response = await send(access.server, agent, { method: "GET", path, signal, endless: true });
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as WatchEvent<T>;
      if (!response.complete) throw new Error(`the watch of ${path} was cut off`);
    } finally {
      response.destroy();
    }
  }

  return {
    get: (path, signal) => json({ method: "GET", path, signal }),
    create: (path, body) => json({ method: "POST", path, body }),
    replace: (path, body) => json({ method: "PUT", path, body }),
    patch: (path, contentType, body) => json({ method: "PATCH", path, body, contentType }),
    delete: async (path, body) => json({ method: "DELETE", path, body }),
    text: async (path) => readAll(await send(access.server, agent, { method: "GET", path })),
    watch,
    close: () => agent.destroy(),
  };
}

async function send(server: string, agent: Agent, call: Call): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const body = call.body && JSON.stringify(call.body);
    const outgoing = request(new URL(call.path, server), {
      method: call.method,
      agent,
      headers: {
        accept: "application/json",
        ...(body && {
          "content-type": call.contentType ?? "application/json",
          "content-length": Buffer.byteLength(body),
        }),
      },
      ...(call.signal && { signal: call.signal }),
    });
    if (!call.endless) {
      outgoing.setTimeout(silenceMilliseconds, () =>
        outgoing.destroy(new Error(`${call.method} ${call.path}: no answer`)),
      );
    }
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    outgoing.end(body);
  });
  if (response.statusCode && response.statusCode < 300) return response;
  throw errorOf(call, response.statusCode ?? 0, await readAll(response));
}

function errorOf(call: Call, status: number, body: string): ApiError {
  const { reason, message } = parseStatus(body);
  return new ApiError(
    status,
    reason ?? "Unknown",
    message ?? `${call.method} ${call.path} answered ${status}: ${body}`,
  );
}

function parseStatus(body: string): { reason?: string; message?: string } {
  try {
    return JSON.parse(body) as { reason?: string; message?: string };
  } catch {
    return {};
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
