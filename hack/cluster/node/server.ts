import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { once } from "node:events";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { NodeConfiguration } from "./configuration.ts";

export type Handler = (
  request: { url: URL; message: IncomingMessage },
  response: ServerResponse,
) => void | Promise<void>;

/** A route: a method, a pattern of the path, and what answers. */
export interface Route {
  method: string;
  path: RegExp;
  handle: Handler;
}

/** An HTTPS server on the node's address that answers those whose certificate the cluster signed for the purpose. */
export class NodeServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #routes: Route[];
  readonly #listen: { host: string; port: number };

  constructor(configuration: NodeConfiguration, port: number, routes: Route[]) {
    this.#routes = routes;
    this.#listen = { host: configuration.address, port };
    this.#server = createServer(
      {
        key: readFileSync(configuration.serving.key),
        cert: readFileSync(configuration.serving.certificate),
        ca: readFileSync(configuration.authority),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (message, response) => this.#answer(message, response),
    );
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async open(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#listen);
    await once(this.#server, "listening");
  }

  /** Cuts every connection and takes no new one. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(message: IncomingMessage, response: ServerResponse): void {
    if (!isTrusted(message.socket)) {
      response.writeHead(403).end("Forbidden\n");
      return;
    }
    const url = new URL(message.url ?? "/", "https://node");
    const route = this.#routes.find((each) => each.method === message.method && each.path.test(url.pathname));
    if (!route) {
      response.writeHead(404).end("404 page not found\n");
      return;
    }
    Promise.resolve(route.handle({ url, message }, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`${String(error)}\n`);
    });
  }
}

/** Pods hold no certificates, but other nodes and users do: only the API server and administrators may ask. */
function isTrusted(socket: Socket): boolean {
  if (!(socket instanceof TLSSocket)) return false;
  const { CN, O } = socket.getPeerCertificate().subject;
  return CN === "kube-apiserver-kubelet-client" || [O].flat().includes("system:masters");
}
