import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Connection, fixedConnection } from "./connection.ts";
import type { KubeObject } from "./object.ts";

/** What goes wrong with one request. */
export type Fault =
  /** The connection is cut before an answer. */
  | { readonly type: "reset" }
  /** An answer of this status, with the reason of its Status. */
  | { readonly type: "refuse"; readonly code: number; readonly reason: string; readonly retryAfter?: number }
  /** The request is taken and nothing ever comes back. */
  | { readonly type: "mute" }
  /** Watch only: an ERROR event comes first. */
  | { readonly type: "error event"; readonly code: number; readonly reason: string }
  /** Watch only: the watch opens, and not a byte follows. */
  | { readonly type: "half-open" }
  /** Watch only: the watch opens, and the next event is cut off in the middle of its line. */
  | { readonly type: "truncate" }
  /** Watch only: the watch opens, and the next event is not JSON. */
  | { readonly type: "garble" }
  /** Watch only: the watch opens and ends at once. */
  | { readonly type: "end" }
  /** List only: the first page comes empty, with a token for the rest. */
  | { readonly type: "empty page" }
  /** List only: the last object of each page comes once more on the next. */
  | { readonly type: "repeat" };

/** Which requests a fault may hit. */
export type Verb = "list" | "watch" | "get" | "write";

/** A request as it was received. */
export interface Received {
  readonly verb: Verb;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

interface Change {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly collection: string;
  readonly object: KubeObject;
}

interface Watcher {
  readonly collection: string;
  readonly response: ServerResponse;
  readonly fault: Fault | undefined;
}

interface Place {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

interface Body {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
}

function placeOf(path: string): Place {
  const match = /^\/(api|apis\/[^/]+)\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/status)?$/.exec(path);
  if (match === null) throw new Error(`no such path: ${path}`);
  const [, group, namespace, plural, name] = match;
  return { collection: `${group!}/${plural!}`, namespace, name };
}

function merge(into: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = { ...(into as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

/**
 * A stand-in for the API server in tests: a real HTTP server on the loopback that keeps objects in memory, speaks the
 * list, watch, get, create, replace, merge-patch and delete of the Kubernetes API, and fails as it is told to. It knows
 * neither validation nor server-side apply nor selectors; those are tested against a real one.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #objects = new Map<string, KubeObject>();
  readonly #faults: { readonly verb: Verb; readonly fault: Fault; readonly where: string }[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #muted = new Set<ServerResponse>();
  /** Every request so far, oldest first. */
  readonly received: Received[] = [];
  #history: Change[] = [];
  #version = 100;
  #compacted = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        this.#refuse(response, 400, "BadRequest", String(error));
      });
    });
  }

  /** Starts one on a free port. */
  static async start(): Promise<FakeApiServer> {
    const server = new FakeApiServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", () => resolve()));
    return server;
  }

  /** How to get to it. */
  get connection(): Connection {
    return fixedConnection(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`, { token: "test" });
  }

  /** How many watches are open. */
  get watching(): number {
    return this.#watchers.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Makes the next request of a kind, and of a path that ends so, go wrong; several are used up in the order given. */
  fail(verb: Verb, fault: Fault, where = ""): void {
    this.#faults.push({ verb, fault, where });
  }

  /** Makes no more requests go wrong. */
  heal(): void {
    this.#faults.length = 0;
  }

  /** Forgets the history, so that every watch from an older version is answered 410. */
  compact(): void {
    this.#compacted = this.#version;
    this.#history = [];
  }

  /** Cuts every open watch. */
  cut(): void {
    for (const { response } of this.#watchers) response.destroy();
  }

  /** Ends every open watch in good order. */
  end(): void {
    for (const { response } of this.#watchers) response.end();
  }

  /** Sends each watch a bookmark with the present version. */
  bookmark(): void {
    for (const watcher of this.#watchers) {
      this.#send(watcher, { type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.#version) } } });
    }
  }

  /** The objects of a collection such as "api/configmaps". */
  objects(collection: string): KubeObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${collection}/`)).map(([, object]) => object);
  }

  /** Creates or changes an object; it is given a version and, when it is new, a UID. */
  put(collection: string, body: object): KubeObject {
    const given = body as Body;
    const key = this.#keyOf(collection, given.metadata.namespace, given.metadata.name);
    const before = this.#objects.get(key);
    const metadata = {
      ...given.metadata,
      uid: given.metadata.uid ?? before?.metadata.uid ?? randomUUID(),
      resourceVersion: String((this.#version += 1)),
    };
    const object = { ...given, metadata } as unknown as KubeObject;
    this.#objects.set(key, object);
    this.#tell({ version: this.#version, type: before === undefined ? "ADDED" : "MODIFIED", collection, object });
    return object;
  }

  /** Deletes an object. @returns False when there is none. */
  remove(collection: string, name: string, namespace?: string): boolean {
    const key = this.#keyOf(collection, namespace, name);
    const object = this.#objects.get(key);
    if (object === undefined) return false;
    this.#objects.delete(key);
    const version = (this.#version += 1);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#tell({ version, type: "DELETED", collection, object: last });
    return true;
  }

  #keyOf(collection: string, namespace: string | undefined, name: string): string {
    return `${collection}/${namespace ?? ""}/${name}`;
  }

  #tell(change: Change): void {
    this.#history.push(change);
    for (const watcher of this.#watchers) if (watcher.collection === change.collection) this.#send(watcher, change);
  }

  #send({ response, fault }: Watcher, { type, object }: { type: string; object: unknown }): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    if (response.writableEnded) return;
    switch (fault?.type) {
      case "half-open":
        return;
      case "truncate":
        response.end(line.slice(0, line.length / 2));
        return;
      case "garble":
        response.end(`<html>${line.length}</html>\n`);
        return;
      default:
        response.write(line);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://server");
    const place = placeOf(url.pathname);
    const verb = verbOf(request.method!, url.searchParams, place);
    const body = await readJson(request);
    const { method, headers } = request;
    this.received.push({ verb, method: method!, path: url.pathname, query: url.searchParams, headers, body });
    const fault = this.#takeFault(verb, url.pathname);
    if (this.#failed(response, fault)) return;
    if (verb === "list") this.#list(response, place, url.searchParams, fault);
    else if (verb === "watch") this.#watch(response, place, url.searchParams, fault);
    else this.#answer(response, method!, place, body as Body);
  }

  #takeFault(verb: Verb, path: string): Fault | undefined {
    const index = this.#faults.findIndex((candidate) => candidate.verb === verb && path.endsWith(candidate.where));
    return index < 0 ? undefined : this.#faults.splice(index, 1)[0]!.fault;
  }

  #failed(response: ServerResponse, fault: Fault | undefined): boolean {
    switch (fault?.type) {
      case "reset":
        response.destroy();
        return true;
      case "mute":
        this.#muted.add(response);
        return true;
      case "refuse":
        this.#refuse(response, fault.code, fault.reason, "injected", fault.retryAfter);
        return true;
      default:
        return false;
    }
  }

  #list(response: ServerResponse, { collection, namespace }: Place, query: URLSearchParams, fault?: Fault): void {
    const all = this.objects(collection).filter(
      (object) => (namespace ?? object.metadata.namespace) === object.metadata.namespace,
    );
    const limit = Number(query.get("limit") ?? all.length);
    const from = Number(query.get("continue") ?? 0);
    const end = fault?.type === "empty page" ? from : from + limit;
    const items = all.slice(fault?.type === "repeat" ? Math.max(0, from - 1) : from, end);
    const metadata = { resourceVersion: String(this.#version), ...(end < all.length && { continue: String(end) }) };
    if (fault?.type === "repeat" && end < all.length) this.#faults.unshift({ verb: "list", fault, where: "" });
    this.#json(response, 200, { kind: "List", metadata, items });
  }

  #watch(response: ServerResponse, { collection }: Place, query: URLSearchParams, fault?: Fault): void {
    const from = Number(query.get("resourceVersion"));
    if (from < this.#compacted) {
      this.#refuse(response, 410, "Expired", "too old resource version");
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (fault?.type === "end") {
      response.end();
      return;
    }
    if (fault?.type === "error event") {
      const object = { kind: "Status", code: fault.code, reason: fault.reason, message: "injected" };
      response.end(`${JSON.stringify({ type: "ERROR", object })}\n`);
      return;
    }
    const watcher = { collection, response, fault };
    this.#watchers.add(watcher);
    response.on("close", () => this.#watchers.delete(watcher));
    for (const change of this.#history) {
      if (change.collection === collection && change.version > from) this.#send(watcher, change);
    }
  }

  #answer(response: ServerResponse, method: string, { collection, namespace, name }: Place, body: Body): void {
    const live = name === undefined ? undefined : this.#objects.get(this.#keyOf(collection, namespace, name));
    if (method === "POST") {
      const key = this.#keyOf(collection, namespace, body.metadata.name);
      if (this.#objects.has(key)) this.#refuse(response, 409, "AlreadyExists", "already exists");
      else this.#json(response, 201, this.put(collection, body));
      return;
    }
    if (live === undefined) {
      this.#refuse(response, 404, "NotFound", "not found");
      return;
    }
    const expected = (body as Partial<Body> | undefined)?.metadata?.resourceVersion;
    if (expected !== undefined && expected !== live.metadata.resourceVersion) {
      this.#refuse(response, 409, "Conflict", "the object has been modified");
      return;
    }
    switch (method) {
      case "GET":
        this.#json(response, 200, live);
        return;
      case "DELETE":
        this.remove(collection, live.metadata.name, live.metadata.namespace);
        this.#json(response, 200, { kind: "Status", status: "Success" });
        return;
      default:
        this.#json(response, 200, this.put(collection, (method === "PUT" ? body : merge(live, body)) as object));
    }
  }

  #json(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  #refuse(response: ServerResponse, code: number, reason: string, message: string, retryAfter?: number): void {
    if (retryAfter !== undefined) response.setHeader("retry-after", String(retryAfter));
    this.#json(response, code, { kind: "Status", status: "Failure", code, reason, message });
  }
}

function verbOf(method: string, query: URLSearchParams, { name }: Place): Verb {
  if (method !== "GET") return "write";
  if (query.get("watch") === "true") return "watch";
  return name === undefined ? "list" : "get";
}
