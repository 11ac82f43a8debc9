import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type ApiClient } from "../api/client.ts";
import type { ObjectList, ObjectMeta } from "../api/wire.ts";

/** Between a failed watch and the next list: doubled from the first to the last. */
const backoffMilliseconds = { first: 250, last: 4_000 };

interface Named {
  metadata: ObjectMeta;
}

/** What a reflector tells: the whole collection after each list, then every change. */
export interface ReflectorHandlers<T> {
  onList(objects: T[]): void;
  onSet(object: T): void;
  onDelete(object: T): void;
}

/** Lists a collection and watches it from there on, again and again, until the signal. Never throws. */
export async function reflect<T extends Named>(
  api: ApiClient,
  collection: string,
  fieldSelector: string,
  handlers: ReflectorHandlers<T>,
  signal: AbortSignal,
): Promise<void> {
  let backoff = backoffMilliseconds.first;
  while (!signal.aborted) {
    try {
      const path = `${collection}?fieldSelector=${encodeURIComponent(fieldSelector)}`;
      const list = await api.get<ObjectList<T>>(path, signal);
      handlers.onList(list.items);
      backoff = backoffMilliseconds.first;
      await follow(api, path, list.metadata.resourceVersion, handlers, signal);
    } catch {
      // Cut off, or the version is too old, or not allowed yet: list again after a while.
      await delay(backoff * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, backoffMilliseconds.last);
    }
  }
}

/** Watches on, from the last version seen, as long as the server ends each watch in good order. */
async function follow<T extends Named>(
  api: ApiClient,
  path: string,
  since: string,
  handlers: ReflectorHandlers<T>,
  signal: AbortSignal,
): Promise<void> {
  let version = since;
  while (!signal.aborted) {
    const watch = `${path}&watch=true&allowWatchBookmarks=true&resourceVersion=${version}`;
    for await (const { type, object } of api.watch<T>(watch, signal)) {
      if (type === "ERROR") throw new ApiError(410, "Expired", `the watch of ${path} expired`);
      version = object.metadata.resourceVersion ?? version;
      if (type === "DELETED") handlers.onDelete(object);
      else if (type !== "BOOKMARK") handlers.onSet(object);
    }
  }
}
