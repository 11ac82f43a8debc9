import type { Source } from "./source.ts";

/** Something in a model that TensorRT's ONNX parser does not take, or takes for something else. */
export interface TensorRTProblem {
  /** The node's name, or what it makes; undefined where it is the model as a whole. */
  readonly node: string | undefined;
  readonly opType: string | undefined;
  /** What is not taken. */
  readonly problem: string;
  /** What to write in its place. */
  readonly remedy: string;
  readonly source: Source;
}

/** A problem in one line. */
export function describeProblem({ node, opType, problem, remedy, source }: TensorRTProblem): string {
  const place = node === undefined ? "the model" : `${opType ?? ""} "${node}"`;
  return `${place}: ${problem}; ${remedy} (${source.url})`;
}
