import { isOlderVersion, type KubeObject } from "./kit/object.ts";

/** A write that the caches may not show yet. `key` is "namespace/name". */
export type Write = { readonly kind: string; readonly key: string; readonly uid: string } & (
  { readonly type: "Applied"; readonly resourceVersion: string } | { readonly type: "Deleted" }
);

/** Finds an object in the caches. */
type Find = (kind: string, key: string) => KubeObject | undefined;

/** Milliseconds after which a write is no longer waited for: somebody else may have deleted the object since. */
const PATIENCE = 10_000;

/**
 * What each key has written and the caches do not show yet. A plan made from a cache that is behind would do again what
 * was just done: Events twice, transition times anew. So a key waits until it sees its own writes, as the expectations
 * of Kubernetes' own controllers have it.
 */
export class Written {
  readonly #byKey = new Map<string, readonly (Write & { readonly until: number })[]>();

  /** @param by The key that wrote. @param now Milliseconds since the epoch. */
  note(by: string, write: Write, now: number): void {
    this.#byKey.set(by, [...(this.#byKey.get(by) ?? []), { ...write, until: now + PATIENCE }]);
  }

  /** Whether the caches show all that `by` has written. */
  isVisible(by: string, find: Find, now: number): boolean {
    const writes = this.#byKey.get(by) ?? [];
    const unseen = writes.filter((write) => now < write.until && !isSeen(write, find(write.kind, write.key)));
    if (unseen.length > 0) this.#byKey.set(by, unseen);
    else this.#byKey.delete(by);
    return unseen.length === 0;
  }
}

function isSeen(write: Write, object: KubeObject | undefined): boolean {
  switch (write.type) {
    case "Applied":
      return object !== undefined && !isOlderVersion(object.metadata.resourceVersion, write.resourceVersion);
    case "Deleted":
      return object?.metadata.uid !== write.uid || object.metadata.deletionTimestamp !== undefined;
  }
}
