import { createHash } from "node:crypto";
import type { CallOptions, Client } from "./client.ts";
import { coversOwned, isSatisfied, type Json, ownedFields, project } from "./fields.ts";
import type { DesiredObject, FieldsV1, KubeObject, ManagedFieldsEntry } from "./object.ts";
import { isOlderVersion, keyOf } from "./object.ts";
import type { Resource } from "./resource.ts";

/** What applying did. */
export type ApplyOutcome = "Created" | "Updated" | "Unchanged";

/** What applying did, and the object as it is now. */
export interface Applied<T extends KubeObject> {
  readonly outcome: ApplyOutcome;
  /** As the server returned it, or as the cache has it when nothing was written. */
  readonly object: T;
}

/** What is remembered of an apply: enough to know it again. */
interface Memory {
  readonly uid: string;
  readonly desired: string;
  readonly projection: string;
  readonly resourceVersion: string;
}

/** How many applies are remembered. */
const MEMORY_LIMIT = 20_000;

/** As it goes over the wire: without what is undefined. */
function asJson(object: object): Json {
  return JSON.parse(JSON.stringify(object)) as Json;
}

function digest(value: Json): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url");
}

/** The fields that name an object; they never differ between what is wanted and what is there. */
const NAMING: ReadonlySet<string> = new Set(["apiVersion", "kind", "name", "namespace"]);

function withoutNaming(object: object): [string, unknown][] {
  return Object.entries(object).filter(([field]) => !NAMING.has(field));
}

/** What of a desired object counts as a difference. */
function content(desired: DesiredObject, subresource: string): Json {
  const fields = Object.fromEntries(withoutNaming(desired));
  if (subresource !== "") return asJson({ [subresource]: fields[subresource] });
  return asJson({ ...fields, metadata: Object.fromEntries(withoutNaming(desired.metadata)) });
}

/**
 * Whether applying `desired` to `live` would change nothing that we want: each field is there with its value, and we
 * own none that we no longer want. It needs the managed fields of our manager to be kept in the cache
 * ({@link keepManagedFieldsOf}); without them it says no.
 */
export function isApplied(desired: DesiredObject, live: KubeObject, fieldManager: string, subresource = ""): boolean {
  const owned = ownedFields(live, fieldManager, subresource);
  if (owned === undefined) return false;
  const wanted = content(desired, subresource);
  return coversOwned(owned, wanted) && isSatisfied(wanted, live as unknown as Json, owned);
}

/**
 * Server-side apply of what we own, by one manager, that sends nothing when nothing changed.
 *
 * A write is left out when the live object shows that it would change nothing (see {@link isApplied}), or when the
 * same was applied before and the server's answer still stands. The first needs no memory and survives a restart; the
 * second covers what the server writes differently from what was asked (a quantity of "1000m" comes back as "1"), and
 * a cache that has not caught up with the last write. An annotation with a hash of what was last applied, as others
 * use, would see neither a change by somebody else nor be possible on a status.
 */
export class Applier {
  readonly #client: Client;
  readonly #fieldManager: string;
  readonly #memory = new Map<string, Memory>();

  constructor(client: Client, fieldManager: string) {
    this.#client = client;
    this.#fieldManager = fieldManager;
  }

  /**
   * Makes the object as wanted.
   *
   * @param live The object as the cache has it, with the managed fields of our manager; `undefined` if it has none.
   * @throws ApiError as the client does.
   */
  async apply<T extends KubeObject>(
    resource: Resource<T>,
    desired: DesiredObject,
    live: T | undefined,
    options: CallOptions = {},
  ): Promise<Applied<T>> {
    if (live !== undefined && this.#stands(resource, desired, live, "")) return { outcome: "Unchanged", object: live };
    const object = await this.#client.apply(resource, desired, { ...options, fieldManager: this.#fieldManager });
    this.#remember(resource, desired, object, "");
    return { outcome: outcomeOf(live, object), object };
  }

  /**
   * Makes the status as wanted; only `desired.status` is sent.
   *
   * @throws ApiError as the client does; "NotFound" when the object is gone.
   */
  async applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    desired: DesiredObject & { readonly status: object },
    live: T,
    options: CallOptions = {},
  ): Promise<Applied<T>> {
    if (this.#stands(resource, desired, live, "status")) return { outcome: "Unchanged", object: live };
    const { apiVersion, kind, metadata, status } = desired;
    const body = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, status };
    const object = await this.#client.applyStatus(resource, body, { ...options, fieldManager: this.#fieldManager });
    this.#remember(resource, desired, object, "status");
    return { outcome: outcomeOf(live, object), object };
  }

  #stands(resource: Resource, desired: DesiredObject, live: KubeObject, subresource: string): boolean {
    if (isApplied(desired, live, this.#fieldManager, subresource)) return true;
    const memory = this.#memory.get(memoryKey(resource, desired, subresource));
    const wanted = content(desired, subresource);
    if (memory?.uid !== live.metadata.uid || memory.desired !== digest(wanted)) return false;
    if (isOlderVersion(live.metadata.resourceVersion, memory.resourceVersion)) return true;
    return memory.projection === digest(project(wanted, live as unknown as Json));
  }

  #remember(resource: Resource, desired: DesiredObject, object: KubeObject, subresource: string): void {
    const key = memoryKey(resource, desired, subresource);
    const wanted = content(desired, subresource);
    this.#memory.delete(key);
    this.#memory.set(key, {
      uid: object.metadata.uid,
      desired: digest(wanted),
      projection: digest(project(wanted, object as unknown as Json)),
      resourceVersion: object.metadata.resourceVersion,
    });
    if (this.#memory.size > MEMORY_LIMIT) this.#memory.delete(this.#memory.keys().next().value!);
  }
}

function memoryKey({ group, plural }: Resource, desired: DesiredObject, subresource: string): string {
  return `${group}/${plural}/${keyOf(desired)}/${subresource}`;
}

function outcomeOf(live: KubeObject | undefined, object: KubeObject): ApplyOutcome {
  if (live?.metadata.uid !== object.metadata.uid) return "Created";
  return live.metadata.resourceVersion === object.metadata.resourceVersion ? "Unchanged" : "Updated";
}

/** How many field sets are shared by {@link keepManagedFieldsOf}. */
const SHARED_LIMIT = 1_000;

/**
 * Keeps of an object's managed fields only what one manager applied: what {@link Applier} needs. Field sets that are
 * the same, as those of objects made by one rule are, are kept once.
 */
export function keepManagedFieldsOf(fieldManager: string): <T extends KubeObject>(object: T) => T {
  const shared = new Map<string, FieldsV1>();
  const share = (entry: ManagedFieldsEntry): ManagedFieldsEntry => {
    const { manager, operation, subresource, fieldsV1 = {} } = entry;
    const text = JSON.stringify(fieldsV1);
    if (!shared.has(text) && shared.size >= SHARED_LIMIT) shared.delete(shared.keys().next().value!);
    const known = shared.get(text) ?? fieldsV1;
    shared.set(text, known);
    return {
      manager,
      operation,
      ...(subresource !== undefined && { subresource }),
      fieldsV1: known,
    } as ManagedFieldsEntry;
  };
  return (object) => {
    const ours = object.metadata.managedFields?.filter(
      ({ manager, operation }) => manager === fieldManager && operation === "Apply",
    );
    return { ...object, metadata: { ...object.metadata, managedFields: (ours ?? []).map(share) } };
  };
}
