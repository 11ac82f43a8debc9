import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import type { Collected, Keep } from "../engine/collect.ts";
import type { Store } from "../engine/store.ts";

/** Milliseconds for which what was used stays: engines that wait for their turn are not named by any NodeRuntime yet. */
const grace = 7 * 24 * 3_600_000;

/** What a NodeRuntime names of the store. */
export function namedBy({ slots, keep = [], galleries = [], trial }: NodeRuntimeSpec): Omit<Keep, "grace"> {
  const engines = [slots.active, slots.standby, ...keep].flatMap((revision) => revision?.engineKey ?? []);
  const datasets = [...galleries.map(({ dataset }) => dataset), ...(trial?.probes ? [trial.probes] : [])];
  return {
    engines: new Set(engines),
    digests: new Set(datasets.map(({ source }) => source.digest.replace(/^sha256:/, ""))),
  };
}

/** Names of what was removed. */
export type Removed = Record<keyof Collected | "galleries", readonly string[]>;

/**
 * Removes from the store what nothing names and nobody used of late, and at once the sealed templates of galleries that
 * are no longer wanted.
 */
export async function keepHouse(store: Store, spec: NodeRuntimeSpec): Promise<Removed> {
  const galleries = await removeGalleries(
    join(store.root, "galleries"),
    new Set(spec.galleries?.map(({ name }) => name)),
  );
  return { ...(await store.collect({ ...namedBy(spec), grace })), galleries };
}

async function removeGalleries(folder: string, wanted: ReadonlySet<string>): Promise<string[]> {
  const stale = (await readdir(folder).catch(() => [])).filter((name) => !wanted.has(name));
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return stale;
}
