import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import type { PullRequest, Store } from "../engine/store.ts";
import type { Dataset } from "./dataset.ts";
import { openDataset } from "./open-dataset.ts";

/** Who reads which set at the moment: two slots may embed the same pictures. */
const readers = new WeakMap<Store, Map<string, number>>();

/**
 * A set that stays in the store only while somebody reads it: pictures of people who are enrolled lie on a node's disk
 * no longer than it takes to embed them.
 *
 * @throws as `openDataset`.
 */
export async function borrowDataset(
  store: Store,
  dataset: ResolvedDataset,
  request: PullRequest = {},
): Promise<Dataset & AsyncDisposable> {
  const { digest } = dataset.source;
  const counts = readers.get(store) ?? new Map<string, number>();
  readers.set(store, counts);
  counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const giveBack = async (): Promise<void> => {
    const left = counts.get(digest)! - 1;
    counts.set(digest, left);
    if (left === 0) await store.forget(digest);
  };
  try {
    return { ...(await openDataset(store, dataset, request)), [Symbol.asyncDispose]: giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}
