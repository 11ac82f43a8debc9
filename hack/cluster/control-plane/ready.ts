import { setTimeout as delay } from "node:timers/promises";
import { type ApiClient, isApiError } from "../api/client.ts";
import type { ObjectList, ObjectMeta } from "../api/wire.ts";

const pollMilliseconds = 100;

/** Waits until the API server says that it is ready. */
export async function apiServerReady(admin: ApiClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (
      await admin.text("/readyz").then(
        () => true,
        () => false,
      )
    )
      return;
    await delay(pollMilliseconds, undefined, { signal });
  }
}

/**
 * Waits until the controller manager works: it alone gives a namespace its default service account and the
 * certificate authority that tokens are mounted with, and without these no pod is admitted.
 */
export async function controllersReady(admin: ApiClient, signal: AbortSignal): Promise<void> {
  await Promise.all([
    exists(admin, "/api/v1/namespaces/default/serviceaccounts", "default", signal),
    exists(admin, "/api/v1/namespaces/default/configmaps", "kube-root-ca.crt", signal),
  ]);
}

/** Waits for an object by watching for it. */
async function exists(admin: ApiClient, collection: string, name: string, signal: AbortSignal): Promise<void> {
  const selector = `fieldSelector=metadata.name%3D${name}`;
  for (;;) {
    try {
      const list = await admin.get<ObjectList<unknown>>(`${collection}?${selector}`, signal);
      if (list.items.length > 0) return;
      const since = `watch=true&resourceVersion=${list.metadata.resourceVersion}`;
      for await (const event of admin.watch<{ metadata: ObjectMeta }>(`${collection}?${selector}&${since}`, signal)) {
        if (event.type === "ADDED") return;
      }
    } catch (error) {
      // A new namespace's own controllers may not have made it yet.
      if (!isApiError(error, 404, 410)) throw error;
    }
  }
}
