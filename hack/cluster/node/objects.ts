import type { ApiClient } from "../api/client.ts";
import type { ConfigMap, Secret } from "../api/wire.ts";
import { type Contents, keyOf, type Lookup, type Reference } from "./pod/references.ts";
import { reflect } from "./reflector.ts";

interface Entry {
  holders: Set<() => void>;
  contents: Contents | undefined;
  stop: AbortController;
  listed: Promise<void>;
}

/** A subscription to some ConfigMaps and Secrets of one namespace. */
export interface HeldObjects {
  /** Resolves when each has been looked for once. */
  readonly listed: Promise<void>;
  readonly lookup: Lookup;
  release(): void;
}

/**
 * The ConfigMaps and Secrets that the node's pods use, and no others: a node may read only those, one by one. Each is
 * watched while at least one pod holds it.
 */
export class ReferencedObjects {
  readonly #api: ApiClient;
  readonly #entries = new Map<string, Entry>();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Holds objects until released; `onChange` is told when one of them becomes different. */
  hold(namespace: string, references: Reference[], onChange: () => void): HeldObjects {
    const entries = references.map((each) => this.#entry(namespace, each));
    for (const entry of entries) entry.holders.add(onChange);
    return {
      listed: Promise.all(entries.map((each) => each.listed)).then(() => undefined),
      lookup: (reference) => this.#entries.get(idOf(namespace, reference))?.contents,
      release: () => references.forEach((each) => this.#release(idOf(namespace, each), onChange)),
    };
  }

  #release(id: string, holder: () => void): void {
    const entry = this.#entries.get(id);
    entry?.holders.delete(holder);
    if (!entry || entry.holders.size > 0) return;
    entry.stop.abort();
    this.#entries.delete(id);
  }

  #entry(namespace: string, reference: Reference): Entry {
    const id = idOf(namespace, reference);
    const present = this.#entries.get(id);
    if (present) return present;
    const listed = Promise.withResolvers<void>();
    const entry: Entry = {
      holders: new Set(),
      contents: undefined,
      stop: new AbortController(),
      listed: listed.promise,
    };
    this.#entries.set(id, entry);
    this.#follow(entry, namespace, reference, listed.resolve);
    return entry;
  }

  #follow(entry: Entry, namespace: string, reference: Reference, onListed: () => void): void {
    const set = (object: ConfigMap | Secret | undefined) => {
      entry.contents = object && contentsOf(reference, object);
      for (const holder of entry.holders) holder();
    };
    const handlers = {
      onList: ([object]: (ConfigMap | Secret)[]) => {
        set(object);
        onListed();
      },
      onSet: set,
      onDelete: () => set(undefined),
    };
    const collection = `/api/v1/namespaces/${namespace}/${reference.kind === "Secret" ? "secrets" : "configmaps"}`;
    // reflect never rejects: it ends with the signal.
    reflect<never>(this.#api, collection, `metadata.name=${reference.name}`, handlers, entry.stop.signal).catch(
      () => undefined,
    );
  }
}

function idOf(namespace: string, reference: Reference): string {
  return `${namespace}/${keyOf(reference)}`;
}

function contentsOf(reference: Reference, object: ConfigMap | Secret): Contents {
  if (reference.kind === "Secret") return decode((object as Secret).data, "base64");
  const { data, binaryData } = object as ConfigMap;
  return new Map([...decode(data, "utf8"), ...decode(binaryData, "base64")]);
}

function decode(data: Record<string, string> | undefined, encoding: BufferEncoding): Map<string, Buffer> {
  return new Map(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]));
}
