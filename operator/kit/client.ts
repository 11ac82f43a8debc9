import type { DesiredObject, KubeObject, ObjectRef } from "./object.ts";
import type { Resource } from "./resource.ts";
import type { ApiRequest } from "./transport.ts";
import type { WatchEvent } from "./watch.ts";

/** What every request takes. */
export interface CallOptions {
  /** Ends the request; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the request may take with its body, in milliseconds: 30 s unless told. */
  readonly timeout?: number | undefined;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  /** Lets the server check the write and answer without keeping it. */
  readonly dryRun?: boolean | undefined;
  /** Who owns the fields written; the program's name from the user agent unless told. */
  readonly fieldManager?: string | undefined;
}

/** Which objects a list or a watch is about. */
export interface Selection {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  /** In the notation of `kubectl -l`. */
  readonly labelSelector?: string | undefined;
  /** In the notation of `kubectl --field-selector`, such as "metadata.name=a". */
  readonly fieldSelector?: string | undefined;
  /** Asks for metadata only (PartialObjectMetadata), so that secrets which are not ours never enter the process. */
  readonly metadataOnly?: boolean | undefined;
}

/** How a list is read. */
export interface ListOptions<T, P> extends Selection, CallOptions {
  /** Keeps what is needed of each object; the rest is let go page by page. */
  readonly pick?: ((object: T) => P) | undefined;
  /** Objects a page: 500 unless told. */
  readonly pageSize?: number | undefined;
}

/** One page of a list. */
export interface Page<P> {
  readonly items: readonly P[];
  /** Of the list as of its first page: a watch from here misses nothing, even if later pages were read later. */
  readonly resourceVersion: string;
}

/** How a watch is read. */
export interface WatchOptions extends Selection {
  /** Where to start: the version of a list, of the last event or of a bookmark. */
  readonly resourceVersion: string;
  /** When the server is to end the watch, in seconds. */
  readonly timeoutSeconds: number;
  /** How long the connection may be silent, in milliseconds, before it is taken for dead. */
  readonly idleTimeout: number;
  readonly signal: AbortSignal;
}

/** One step of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "test" | "move" | "copy";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** A change to an object that is there already. */
export type Patch =
  | { readonly type: "merge"; readonly body: unknown; readonly subresource?: string }
  | { readonly type: "json"; readonly body: readonly JsonPatchOperation[]; readonly subresource?: string };

/** What a deletion is bound to. */
export interface DeleteOptions extends CallOptions {
  /** Only this very object, not one of the same name made since. */
  readonly uid?: string | undefined;
  /** Only if it has not changed since. */
  readonly resourceVersion?: string | undefined;
  readonly propagation?: "Background" | "Foreground" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

/**
 * The verbs of the Kubernetes API. All of them throw ApiError for what the server refuses and for no answer, and the
 * signal's reason when it aborted. None retries: the error carries what to do, and the work queue does it.
 */
export interface Client {
  /** Reads one object. */
  get<T extends KubeObject>(resource: Resource<T>, at: ObjectRef, options?: CallOptions): Promise<T>;
  /** The list, page by page; one page is all that is in memory unless the caller keeps more. */
  pages<T extends KubeObject, P = T>(resource: Resource<T>, options?: ListOptions<T, P>): AsyncGenerator<Page<P>>;
  /** The whole list. */
  list<T extends KubeObject, P = T>(resource: Resource<T>, options?: ListOptions<T, P>): Promise<Page<P>>;
  /** Changes, bookmarks among them, until the server ends the watch. @throws ApiError for ERROR events and breaks. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>>;
  /** POST. @throws ApiError "AlreadyExists". */
  create<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options?: WriteOptions): Promise<T>;
  /** PUT: the object must carry the resourceVersion that it replaces. */
  replace<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options?: WriteOptions): Promise<T>;
  /** Server-side apply, by force: the fields given are ours, and those we gave before but not now are removed. */
  apply<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: ApplyOptions): Promise<T>;
  /** {@link Client.apply} to the status subresource. @throws ApiError "NotFound" where there is no such object. */
  applyStatus<T extends KubeObject>(resource: Resource<T>, object: DesiredObject, options: ApplyOptions): Promise<T>;
  /** Changes an object that is there. */
  patch<T extends KubeObject>(resource: Resource<T>, at: ObjectRef, patch: Patch, options?: WriteOptions): Promise<T>;
  /** Asks for a deletion; finalizers may hold it up. */
  delete(resource: Resource, at: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** Any other path of the server, such as a subresource; resolves with the parsed body. */
  raw(request: ApiRequest, options?: CallOptions): Promise<unknown>;
  /** Closes the connections; requests under way fail. */
  close(): Promise<void>;
}

/** {@link WriteOptions} of an apply, which always has an owner. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
}
