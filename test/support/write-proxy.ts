import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

/** A request that has changed an object. Its answer has not been passed on yet. */
export interface Write {
  readonly method: string;
  /** Path of the object, without the query. */
  readonly path: string;
}

/** A proxy on the loopback, plain HTTP, before an API server. */
export interface WriteProxy extends AsyncDisposable {
  readonly url: string;
}

/** Writes that no other depends on: who leads, and what is told to people. */
const ASIDE = /\/(leases|events)(\/|$)/;

/**
 * Starts a proxy that tells of each write. One that changed nothing, as an apply of what is there already, is none.
 *
 * @param onWrite Called before the answer goes back: who dies in it has written and does not know.
 */
export async function startWriteProxy(
  { server, authority }: { server: string; authority: string },
  onWrite: (write: Write) => void,
): Promise<WriteProxy> {
  const agent = new Agent({ ca: await readFile(authority), keepAlive: true });
  const way = { server, agent, onWrite, versions: new Map<string, string>() };
  const proxy = createServer((incoming, outgoing) => forward(incoming, outgoing, way));
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
      agent.destroy();
    },
  };
}

interface Way {
  readonly server: string;
  readonly agent: Agent;
  readonly onWrite: (write: Write) => void;
  /** The resourceVersion of each object as its last write left it. */
  readonly versions: Map<string, string>;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, way: Way): void {
  const { method = "GET", url = "/" } = incoming;
  const headers = { ...incoming.headers, host: new URL(way.server).host };
  const upstream = request(new URL(url, way.server), { method, headers, agent: way.agent }, (answer) => {
    const [path = ""] = url.split("?");
    const pass = method === "GET" || ASIDE.test(path) ? stream : tell({ method, path }, way);
    pass(answer, outgoing).catch(() => outgoing.destroy());
  });
  upstream.on("error", () => outgoing.destroy());
  outgoing.on("close", () => upstream.destroy());
  incoming.pipe(upstream);
}

/** Passes an answer on as it comes: a watch never ends. */
function stream(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(answer.statusCode!, answer.headers).flushHeaders();
  return pipeline(answer, outgoing);
}

function tell(write: Write, { versions, onWrite }: Way) {
  return async (answer: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(answer);
    if (answer.statusCode! < 300 && isChange(write, body, versions)) onWrite(write);
    outgoing.writeHead(answer.statusCode!, answer.headers).end(body);
  };
}

function isChange({ method, path }: Write, body: Buffer, versions: Map<string, string>): boolean {
  const object = path.replace(/\/status$/, "");
  const { metadata } = JSON.parse(body.toString()) as { metadata?: { resourceVersion?: string } };
  const version = metadata?.resourceVersion ?? "";
  const before = versions.get(object);
  versions.set(object, version);
  return method === "DELETE" || before !== version;
}
