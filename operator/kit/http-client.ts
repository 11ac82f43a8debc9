import { ApiError } from "./api-error.ts";
import { readBytes, readLines } from "./bytes.ts";
import type {
  ApplyOptions,
  CallOptions,
  Client,
  DeleteOptions,
  ListOptions,
  Page,
  Patch,
  Selection,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { Deadline } from "./deadline.ts";
import type { RestMetrics } from "./metrics/rest.ts";
import type { DesiredObject, KubeObject, ObjectRef } from "./object.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";
import { type ApiRequest, Transport, unreachableBecause } from "./transport.ts";
import { parseWatchLine, type WatchEvent } from "./watch.ts";

/** What a client is made of. */
export interface ClientOptions {
  readonly connection: Connection;
  readonly clock?: Clock;
  /** "program/version" for the server's audit log. */
  readonly userAgent?: string;
  readonly metrics?: RestMetrics | undefined;
  /** The longest body of one answer, in bytes: 256 MiB unless told. */
  readonly bodyLimit?: number;
  /** The longest line of a watch, in bytes: 8 MiB unless told; etcd takes objects of 1.5 MiB. */
  readonly lineLimit?: number;
  /** Called before each write; what it throws is thrown instead of writing. For a leader to check its lease. */
  readonly beforeWrite?: (() => void) | undefined;
}

const TIMEOUT = 30_000;
const PAGE_SIZE = 500;
const METADATA_OF_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_OF_MANY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

interface RawList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

function writeQuery({ dryRun, fieldManager }: WriteOptions): Record<string, string | undefined> {
  return { dryRun: dryRun === true ? "All" : undefined, fieldManager };
}

class HttpClient implements Client {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #bodyLimit: number;
  readonly #lineLimit: number;
  readonly #beforeWrite: () => void;

  constructor({ connection, metrics, ...options }: ClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#bodyLimit = options.bodyLimit ?? 256 << 20;
    this.#lineLimit = options.lineLimit ?? 8 << 20;
    this.#beforeWrite = options.beforeWrite ?? (() => undefined);
    const userAgent = options.userAgent ?? `node/${process.version}`;
    this.#transport = new Transport({ connection, clock: this.#clock, userAgent, metrics });
  }

  get<T extends KubeObject>(resource: Resource<T>, at: ObjectRef, options: CallOptions = {}): Promise<T> {
    return this.#call<T>({ method: "GET", path: pathOf(resource, at) }, options);
  }

  async *pages<T extends KubeObject, P = T>(
    resource: Resource<T>,
    options: ListOptions<T, P> = {},
  ): AsyncGenerator<Page<P>> {
    const { pick = (object: T) => object as unknown as P, pageSize = PAGE_SIZE } = options;
    const typeMeta = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    let next: string | undefined;
    do {
      const request = this.#selectRequest(resource, options, { limit: pageSize, continue: next });
      const page = await this.#call<RawList<T>>(request, options);
      next = page.metadata.continue === "" ? undefined : page.metadata.continue;
      const items = (page.items ?? []).map((item) => pick({ ...typeMeta, ...item }));
      yield { items, resourceVersion: page.metadata.resourceVersion };
    } while (next !== undefined);
  }

  async list<T extends KubeObject, P = T>(resource: Resource<T>, options: ListOptions<T, P> = {}): Promise<Page<P>> {
    const items: P[] = [];
    let resourceVersion: string | undefined;
    for await (const page of this.pages(resource, options)) {
      for (const item of page.items) items.push(item);
      resourceVersion ??= page.resourceVersion;
    }
    return { items, resourceVersion: resourceVersion ?? "" };
  }

  async *watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { resourceVersion, timeoutSeconds, idleTimeout, signal } = options;
    const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds };
    const request = this.#selectRequest(resource, options, query);
    const what = `watch of ${resource.plural}`;
    using silence = new Deadline({ clock: this.#clock, what, allowed: idleTimeout, parent: signal });
    try {
      const { body } = await this.#transport.send(request, silence.signal);
      const onChunk = (): void => silence.extend();
      for await (const line of readLines(body, { limit: this.#lineLimit, signal: silence.signal, onChunk })) {
        yield parseWatchLine<T>(line);
      }
    } catch (error) {
      throw this.#explain(what, error, signal);
    }
  }

  create<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: WriteOptions = {}): Promise<T> {
    const path = pathOf(resource, { namespace: object.metadata.namespace });
    return this.#write<T>({ method: "POST", path, query: writeQuery(options), body: object }, options);
  }

  replace<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: WriteOptions = {}): Promise<T> {
    const path = pathOf(resource, object.metadata);
    return this.#write<T>({ method: "PUT", path, query: writeQuery(options), body: object }, options);
  }

  apply<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: ApplyOptions): Promise<T> {
    return this.#apply<T>(pathOf(resource, object.metadata), object, options);
  }

  applyStatus<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: ApplyOptions): Promise<T> {
    return this.#apply<T>(pathOf(resource, object.metadata, "status"), object, options);
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    at: ObjectRef,
    { type, body, subresource }: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = pathOf(resource, at, subresource);
    const request = {
      method: "PATCH",
      path,
      query: writeQuery(options),
      contentType: PATCH_TYPES[type],
      body,
    } as const;
    return this.#write<T>(request, options);
  }

  async delete(resource: Resource, at: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: propagation,
      gracePeriodSeconds,
      ...((uid !== undefined || resourceVersion !== undefined) && { preconditions: { uid, resourceVersion } }),
    };
    await this.#write({ method: "DELETE", path: pathOf(resource, at), body }, options);
  }

  raw(request: ApiRequest, options: CallOptions = {}): Promise<unknown> {
    return request.method === "GET" ? this.#call(request, options) : this.#write(request, options);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #selectRequest(resource: Resource, selection: Selection, query: NonNullable<ApiRequest["query"]>): ApiRequest {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = selection;
    const accept = "watch" in query ? METADATA_OF_ONE : METADATA_OF_MANY;
    return {
      method: "GET",
      path: pathOf(resource, { namespace }),
      query: { ...query, labelSelector, fieldSelector },
      accept: metadataOnly === true ? accept : undefined,
    };
  }

  #apply<T>(path: string, body: DesiredObject, options: ApplyOptions): Promise<T> {
    const query = { ...writeQuery(options), force: true };
    return this.#write<T>({ method: "PATCH", path, query, contentType: PATCH_TYPES.apply, body }, options);
  }

  async #write<T>(request: ApiRequest, options: CallOptions): Promise<T> {
    this.#beforeWrite();
    return this.#call<T>(request, options);
  }

  async #call<T>(request: ApiRequest, { signal, timeout = TIMEOUT }: CallOptions): Promise<T> {
    const what = `${request.method} ${request.path}`;
    using deadline = new Deadline({ clock: this.#clock, what, allowed: timeout, parent: signal });
    try {
      const { body } = await this.#transport.send(request, deadline.signal);
      const text = (await readBytes(body, this.#bodyLimit, deadline.signal)).toString("utf8");
      return parseBody(what, text) as T;
    } catch (error) {
      throw this.#explain(what, error, signal);
    }
  }

  /** What the caller sees: its own reason when it aborted, an ApiError otherwise. */
  #explain(what: string, error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    return error instanceof ApiError ? error : unreachableBecause(what, error);
  }
}

function parseBody(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(`${what}: the answer of ${text.length} characters is not JSON`, { kind: "Malformed" });
  }
}

/** A client of one API server, over one pool of kept-alive connections. */
export function createClient(options: ClientOptions): Client {
  return new HttpClient(options);
}
