import type { Graph } from "../graph.ts";

/** Whether two graphs give the same values: what a rewrite does not touch it shares with the old graph. */
export const sameOutputs = (a: Graph, b: Graph): boolean =>
  a.outputs.every(({ value }, index) => value === b.outputs[index]?.value);
