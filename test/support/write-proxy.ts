import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";

/** A write that the API server has carried out and whose answer has not been passed on yet. */
export interface Write {
  readonly method: string;
  /** Path of the object, without the query. */
  readonly path: string;
  readonly status: number;
}

/** A proxy on the loopback, plain HTTP, before an API server. */
export interface WriteProxy extends AsyncDisposable {
  readonly url: string;
}

/** Writes that no other depends on: who leads, and what is told to people. */
const ASIDE = /\/(leases|events)(\/|$)/;

/**
 * Starts a proxy that tells of each write that changes what an operator works on.
 *
 * @param onWrite Called before the answer goes back: who dies in it has written and does not know.
 */
export async function startWriteProxy(
  { server, authority, host = "127.0.0.1" }: { server: string; authority: string; host?: string },
  onWrite: (write: Write) => void,
): Promise<WriteProxy> {
  const agent = new Agent({ ca: await readFile(authority), keepAlive: true });
  const proxy = createServer((incoming, outgoing) => forward(incoming, outgoing, { server, agent, onWrite }));
  proxy.listen(0, host);
  await once(proxy, "listening");
  return {
    url: `http://${host}:${(proxy.address() as AddressInfo).port}`,
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
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { server, agent, onWrite }: Way): void {
  const { method = "GET", url = "/" } = incoming;
  const headers = { ...incoming.headers, host: new URL(server).host };
  const upstream = request(new URL(url, server), { method, headers, agent }, (answer) => {
    const [path = ""] = url.split("?");
    if (method !== "GET" && !ASIDE.test(path)) onWrite({ method, path, status: answer.statusCode! });
    outgoing.writeHead(answer.statusCode!, answer.headers);
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on("error", () => outgoing.destroy());
  });
  upstream.on("error", () => outgoing.destroy());
  outgoing.on("close", () => upstream.destroy());
  incoming.pipe(upstream);
}
