import { isOlderVersion, keyOf, type KubeObject } from "./object.ts";

/** What happened to one object. A recreated object is a deletion followed by an addition, never an update. */
export type Delta<T extends KubeObject> =
  | { readonly type: "Added"; readonly object: T }
  | { readonly type: "Updated"; readonly before: T; readonly object: T }
  | { readonly type: "Deleted"; readonly object: T };

/** Gives the values under which an object is found; none leaves it out of the index. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** Hears of each change, in order. What it throws goes to whoever changed the cache. */
export type Listener<T extends KubeObject> = (delta: Delta<T>) => void;

/** What can be asked of a cache. Objects are frozen. */
export interface ReadonlyCache<T extends KubeObject, I extends string = string> {
  readonly size: number;
  /** By "namespace/name", or "name" for the cluster scope. */
  get(key: string): T | undefined;
  /** By metadata.uid. */
  getByUid(uid: string): T | undefined;
  /** Every object, in the order of their keys' arrival. */
  list(): T[];
  /** The objects whose index function gave `value`. */
  byIndex(index: I, value: string): T[];
  /** Calls `listener` for each object as an addition, and from then on for each change. @returns Stops it. */
  subscribe(listener: Listener<T>): () => void;
}

/** Freezes an object and everything in it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

function remember(map: Map<string, Set<string>>, value: string, key: string): void {
  const keys = map.get(value);
  if (keys === undefined) map.set(value, new Set([key]));
  else keys.add(key);
}

function forget(map: Map<string, Set<string>>, value: string, key: string): void {
  const keys = map.get(value);
  keys?.delete(key);
  if (keys?.size === 0) map.delete(value);
}

/** The objects of one resource as the API server last told them, by name, by UID and by the indexes asked for. */
export class Cache<T extends KubeObject, I extends string = never> implements ReadonlyCache<T, I> {
  readonly #objects = new Map<string, T>();
  readonly #keysByUid = new Map<string, string>();
  readonly #indexes: readonly { readonly of: IndexFunction<T>; readonly keys: Map<string, Set<string>> }[];
  readonly #indexByName: ReadonlyMap<string, Map<string, Set<string>>>;
  readonly #listeners = new Set<Listener<T>>();

  constructor(indexes: Readonly<Record<I, IndexFunction<T>>> = {} as Readonly<Record<I, IndexFunction<T>>>) {
    const named = Object.entries<IndexFunction<T>>(indexes).map(([name, of]) => ({ name, of, keys: new Map() }));
    this.#indexes = named;
    this.#indexByName = new Map(named.map(({ name, keys }) => [name, keys]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  getByUid(uid: string): T | undefined {
    const key = this.#keysByUid.get(uid);
    return key === undefined ? undefined : this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(index: I, value: string): T[] {
    const keys = this.#indexByName.get(index);
    if (keys === undefined) throw new TypeError(`cache: no index "${index}"`);
    return [...(keys.get(value) ?? [])].map((key) => this.#objects.get(key)!);
  }

  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    for (const object of this.list()) listener({ type: "Added", object });
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Takes an object as an event tells of it. One of the same name but another UID is deleted first. An event from
   * before what is held, as a watch repeats them after a list whose pages came one after the other, changes nothing.
   */
  upsert(object: T): void {
    const held = this.#objects.get(keyOf(object));
    if (held === undefined || !isOlderVersion(object.metadata.resourceVersion, held.metadata.resourceVersion)) {
      this.#put(object);
    }
  }

  /** Takes note that an object is gone. Nothing happens when another UID has its name by now. */
  remove(object: T): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known?.metadata.uid === object.metadata.uid) this.#delete(key, known);
  }

  /** Takes a whole list, whatever its versions: what is not in it is gone, and what has changed in between is told as if it had been seen. */
  replace(objects: Iterable<T>): void {
    const wanted = new Map<string, T>();
    for (const object of objects) wanted.set(keyOf(object), object);
    for (const [key, object] of [...this.#objects]) if (!wanted.has(key)) this.#delete(key, object);
    for (const object of wanted.values()) this.#put(object);
  }

  #put(object: T): void {
    const key = keyOf(object);
    const before = this.#objects.get(key);
    if (before === undefined) this.#add(key, object);
    else if (before.metadata.uid !== object.metadata.uid) {
      this.#delete(key, before);
      this.#add(key, object);
    } else if (before.metadata.resourceVersion !== object.metadata.resourceVersion) this.#update(key, before, object);
  }

  #add(key: string, object: T): void {
    this.#store(key, deepFreeze(object));
    this.#tell({ type: "Added", object });
  }

  #update(key: string, before: T, object: T): void {
    this.#unstore(key, before);
    this.#store(key, deepFreeze(object));
    this.#tell({ type: "Updated", before, object });
  }

  #delete(key: string, object: T): void {
    this.#objects.delete(key);
    this.#unstore(key, object);
    this.#tell({ type: "Deleted", object });
  }

  #store(key: string, object: T): void {
    this.#objects.set(key, object);
    this.#keysByUid.set(object.metadata.uid, key);
    for (const { of, keys } of this.#indexes) for (const value of of(object)) remember(keys, value, key);
  }

  /** The object is frozen, so its index values are what they were when it was stored. */
  #unstore(key: string, object: T): void {
    if (this.#keysByUid.get(object.metadata.uid) === key) this.#keysByUid.delete(object.metadata.uid);
    for (const { of, keys } of this.#indexes) for (const value of of(object)) forget(keys, value, key);
  }

  #tell(delta: Delta<T>): void {
    for (const listener of this.#listeners) listener(delta);
  }
}
