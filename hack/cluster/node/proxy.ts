import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { NetworkState } from "./configuration.ts";

interface Endpoint {
  host: string;
  port: number;
}

/** The node's one way to the API server, for itself and for its pods, which can be cut. */
export class ApiServerProxy {
  readonly #listen: Endpoint;
  readonly #target: Endpoint;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #state: NetworkState = "refused";

  constructor(listen: Endpoint, target: Endpoint) {
    this.#listen = listen;
    this.#target = target;
  }

  get state(): NetworkState {
    return this.#state;
  }

  /** Resolves when the new state holds, for connections that are open as well as for new ones. */
  async become(state: NetworkState): Promise<void> {
    if (state === this.#state) return;
    const before = this.#state;
    this.#state = state;
    if (state === "blackholed") for (const each of this.#connections) each.pause().unpipe();
    // Whoever kept the state of a connection through a black hole has forgotten it.
    else if (before === "blackholed" || state === "refused") for (const each of this.#connections) each.destroy();
    if (state === "refused") await this.#close();
    else await this.#open();
  }

  async #open(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
    this.#server.listen(this.#listen);
    await once(this.#server, "listening");
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise((resolve) => server.close(resolve));
  }

  #accept(client: Socket): void {
    this.#track(client);
    if (this.#state !== "connected") return;
    const upstream = connect(this.#target);
    this.#track(upstream);
    client.pipe(upstream).pipe(client);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  }

  #track(socket: Socket): void {
    this.#connections.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#connections.delete(socket));
  }
}
