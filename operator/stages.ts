import type { Action, Deed } from "./plan/action.ts";

/** Deeds of one node, in their order. */
type Lane = readonly Deed[];

/** Deeds that may be done at the same time: one that concerns all, or the lanes of several nodes. */
export type Stage = readonly Lane[];

/** Sorts actions by what has to wait for what: one stage after the other, and in each its lanes beside each other. */
export function stagesOf(actions: readonly Action[]): Stage[] {
  const stages: Stage[] = [];
  let lanes = new Map<string, Deed[]>();
  const close = () => {
    if (lanes.size > 0) stages.push([...lanes.values()]);
    lanes = new Map();
  };
  for (const action of actions) {
    if (action.type === "Requeue") continue;
    if (action.node === undefined) {
      close();
      stages.push([[action]]);
    } else {
      lanes.set(action.node, [...(lanes.get(action.node) ?? []), action]);
    }
  }
  close();
  return stages;
}

/** Works on all items, on so many at once. Of items that reject it throws the first, once no other is under way. */
export async function eachOf<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of queue) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const end = ends.find(({ status }) => status === "rejected");
  if (end?.status === "rejected") throw end.reason;
}
