import type { Limit } from "../limit.ts";
import type { Site } from "../site.ts";
import { sources } from "../source.ts";

const hasMore = ({ made }: Site): string | undefined => {
  const more = made.results.flatMap((result, index) => (index > 0 && result !== undefined ? [index + 1] : []));
  return more.length === 0 ? undefined : `output ${more.join(" and ")} is used, only the first is supported`;
};

/** Outputs that exist for training or for undoing. */
export const outputLimits: readonly Limit[] = [
  {
    operators: ["BatchNormalization"],
    broken: hasMore,
    remedy: "compute the moments beside it by ReduceMean",
    source: sources.checkers,
  },
  {
    operators: ["LayerNormalization"],
    broken: hasMore,
    remedy: "compute mean and deviation beside it by ReduceMean",
    source: sources.checkers,
  },
  {
    operators: ["MaxPool"],
    broken: hasMore,
    remedy: "leave Indices out: find the largest value by Equal on the resized output",
    source: sources.checkers,
  },
  {
    operators: ["Attention"],
    broken: hasMore,
    remedy: "write it as MatMul, Softmax and MatMul",
    source: sources.operators10,
  },
];
