import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

/** Says what is wrong, or `undefined` when all is well. */
export type Check = () => string | undefined;

/** What the server answers. */
export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** By name: what must hold for the process to be left running (/healthz, /livez). */
  readonly liveness: Readonly<Record<string, Check>>;
  /** By name: what must hold for it to be called ready (/readyz). */
  readonly readiness: Readonly<Record<string, Check>>;
  /** Served as /metrics. */
  readonly metrics?: Metrics | undefined;
}

/** A running server. */
export interface HealthServer {
  /** Where it listens. */
  readonly url: string;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function answerChecks(checks: Readonly<Record<string, Check>>): Answer {
  const results = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const isWell = results.every(({ problem }) => problem === undefined);
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`,
  );
  return { status: isWell ? 200 : 503, type: "text/plain", body: [...lines, isWell ? "ok" : "failed", ""].join("\n") };
}

async function answer({ liveness, readiness, metrics }: ServerOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, type: "text/plain", body: "GET or HEAD only\n" };
  }
  switch (request.url?.split("?")[0]) {
    case "/healthz":
    case "/livez":
      return answerChecks(liveness);
    case "/readyz":
      return answerChecks(readiness);
    case "/metrics":
      if (metrics === undefined) break;
      return { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() };
    default:
  }
  return { status: 404, type: "text/plain", body: "/healthz /livez /readyz /metrics\n" };
}

async function respond(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, type, body } = await answer(options, request).catch((): Answer => ({
    status: 500,
    type: "text/plain",
    body: "the check or the metric failed\n",
  }));
  response.writeHead(status, { "content-type": type }).end(request.method === "HEAD" ? undefined : body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

/**
 * Serves /healthz, /livez, /readyz and /metrics over HTTP.
 *
 * @throws Error with the address when it cannot listen there.
 */
export async function startServer(options: ServerOptions): Promise<HealthServer> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    respond(options, request, response).catch(() => response.destroy());
  });
  const { host, port } = options;
  await listen(server, host, port).catch((cause: unknown) => {
    throw new Error(`cannot listen on ${host}:${port}; choose another port or free this one`, { cause });
  });
  const { port: taken, address, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
