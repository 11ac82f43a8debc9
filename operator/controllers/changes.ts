import { isDeepStrictEqual } from "node:util";
import type { Delta } from "../kit/cache.ts";
import type { KubeObject } from "../kit/object.ts";

/** Whether anything that is kept of an object has changed, besides its version: what nobody looks at wakes nobody. */
export function isMaterial<T extends KubeObject>(delta: Delta<T>): boolean {
  return delta.type !== "Updated" || !isDeepStrictEqual(unversioned(delta.before), unversioned(delta.object));
}

/** Whether what is wanted of an object has changed, or whether it is wanted at all; its status does not count. */
export function isOfSpec<T extends KubeObject>(delta: Delta<T>): boolean {
  if (delta.type !== "Updated") return true;
  const [before, after] = [delta.before.metadata, delta.object.metadata];
  return before.generation !== after.generation || before.deletionTimestamp !== after.deletionTimestamp;
}

/** Whether an object came or went. */
export function isOfExistence<T extends KubeObject>({ type }: Delta<T>): boolean {
  return type !== "Updated";
}

function unversioned({ metadata: { resourceVersion: _, ...metadata }, ...object }: KubeObject) {
  return { ...object, metadata };
}
