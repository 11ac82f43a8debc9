import { isApiError, orUndefined } from "./api-error.ts";
import type { CallOptions, Client } from "./client.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";

/** How often a removal is tried again when somebody else writes in between. */
const TRIES = 5;

/** Whether an object has a finalizer. */
export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** A merge patch that only applies to the very version it was made from; otherwise the server says "Conflict". */
async function setFinalizers<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  { metadata }: T,
  finalizers: readonly string[],
  options: CallOptions,
): Promise<T> {
  const { resourceVersion } = metadata;
  return client.patch(
    resource,
    metadata,
    { type: "merge", body: { metadata: { resourceVersion, finalizers } } },
    options,
  );
}

/**
 * Makes sure that an object carries a finalizer, before anything is made that it has to clean up. Writes nothing when
 * it does already, or when the object is being deleted, since the server then takes no new ones.
 *
 * @throws ApiError "Conflict" when the object has changed since; reconcile again.
 */
export async function addFinalizer<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T> {
  if (hasFinalizer(object, finalizer) || object.metadata.deletionTimestamp !== undefined) return object;
  return setFinalizers(client, resource, object, [...(object.metadata.finalizers ?? []), finalizer], options);
}

/**
 * Takes a finalizer away, whatever else changes meanwhile: other finalizers are left alone, an object that is gone or
 * has been made anew counts as done.
 *
 * @throws ApiError other than "NotFound".
 */
export async function removeFinalizer<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<void> {
  let live: T | undefined = object;
  for (let tries = 1; live?.metadata.uid === object.metadata.uid && hasFinalizer(live, finalizer); tries += 1) {
    const left = (live.metadata.finalizers ?? []).filter((other) => other !== finalizer);
    try {
      await setFinalizers(client, resource, live, left, options);
      return;
    } catch (error) {
      if (isApiError(error, "NotFound")) return;
      if (!isApiError(error, "Conflict") || tries >= TRIES) throw error;
      live = await orUndefined(client.get(resource, object.metadata, options));
    }
  }
}
