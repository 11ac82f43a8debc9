import { intOf, intsOf, stringOf } from "../../attributes.ts";
import type { Limit } from "../limit.ts";
import { contentsOf, isGiven, rankOf, type Site } from "../site.ts";
import { sources } from "../source.ts";

/** The rank of an input, which must be one of a few. */
const rank =
  (index: number, taken: readonly number[]) =>
  (site: Site): string | undefined => {
    const found = rankOf(site, index);
    return found === undefined || taken.includes(found)
      ? undefined
      : `input ${index + 1} has ${found} dimensions, only ${taken.join(", ")} are supported`;
  };

const spatial = [3, 4, 5];

/** Shapes that operators are not taken for. */
export const rankLimits: readonly Limit[] = [
  {
    operators: ["Conv", "ConvTranspose"],
    broken: rank(0, spatial),
    remedy: "fold the other dimensions into the batch by Reshape",
    source: sources.operators8,
  },
  {
    operators: ["AveragePool", "LpPool", "MaxPool"],
    broken: rank(0, spatial),
    remedy: "fold the other dimensions into the batch by Reshape",
    source: sources.operators10,
  },
  {
    operators: ["GridSample"],
    until: "11",
    broken: rank(0, [4]),
    remedy: "sample each slice for itself",
    source: sources.operators10,
  },
  {
    operators: ["GridSample"],
    broken: rank(0, [4, 5]),
    remedy: "fold the other dimensions into the batch by Reshape",
    source: sources.operators11,
  },
  {
    operators: ["DeformConv"],
    broken: rank(0, [3, 4]),
    remedy: "apply it to each slice for itself",
    source: sources.operators10,
  },
  {
    operators: ["DeformConv"],
    broken: ({ made }) => {
      const pads = intsOf(made, "pads", []);
      const half = pads.length / 2;
      return pads.every((pad, index) => pad === pads[(index + half) % pads.length])
        ? undefined
        : `pads are [${pads.join(", ")}], those before and after an axis must be equal`;
    },
    remedy: "put a Pad before it",
    source: sources.operators10,
  },
  {
    operators: ["Attention"],
    broken: (site) => [0, 1, 2].map((index) => rank(index, [4])(site)).find(Boolean),
    remedy: "split the heads by Reshape and Transpose before it",
    source: sources.operators10,
  },
  {
    operators: ["Attention"],
    broken: rank(3, [4]),
    remedy: "give the mask its batch and its heads by Unsqueeze",
    source: sources.operators10,
  },
  {
    operators: ["Attention"],
    broken: (site) =>
      [4, 5, 6].some((index) => isGiven(site, index))
        ? "past keys and values, and nonpad_kv_seqlen are given"
        : undefined,
    remedy: "write it as MatMul, Softmax and MatMul",
    source: sources.operators10,
  },
  {
    operators: ["TensorScatter"],
    broken: (site) => [0, 1].map((index) => rank(index, [4])(site)).find(Boolean),
    remedy: "write it as ScatterND",
    source: sources.operators10,
  },
  {
    operators: ["EyeLike"],
    broken: ({ made, types }) => {
      const dims = made.inputs[0] === undefined ? undefined : types.of(made.inputs[0])?.dims;
      return dims?.some((dim) => typeof dim === "string") ? "the size of its input varies" : undefined;
    },
    remedy: "compare two Range by Equal",
    source: sources.operators10,
  },
  {
    operators: ["Hardmax"],
    broken: ({ made, types }) => {
      const dims = made.inputs[0] === undefined ? undefined : types.of(made.inputs[0])?.dims;
      const size = dims?.at(intOf(made, "axis", -1));
      return typeof size === "string" ? `the size ${size} of its axis varies` : undefined;
    },
    remedy: "compare with ReduceMax by Equal",
    source: sources.operators10,
  },
  {
    operators: ["TopK"],
    broken: (site) => {
      const count = contentsOf(site, 1)?.[0];
      return count === undefined || count < 3840 ? undefined : `K is ${count} and must be less than 3840`;
    },
    remedy: "take fewer, or split the axis",
    source: sources.operators10,
  },
  {
    operators: ["Einsum"],
    until: "10.16",
    broken: ({ made }) => equationProblem(stringOf(made, "equation", "")),
    remedy: "write it as Transpose and MatMul",
    source: sources.changelog,
  },
  {
    operators: ["Einsum"],
    broken: ({ made }) => {
      const other = /[^a-z,.> -]/.exec(stringOf(made, "equation", ""))?.[0];
      return other && `the equation ${stringOf(made, "equation", "")} has ${other}, only a to z are supported`;
    },
    remedy: "call its axes by small letters",
    source: sources.checkers,
  },
];

function equationProblem(equation: string): string | undefined {
  if (equation.includes(".")) return `the equation ${equation} has an ellipsis`;
  const [inputs = ""] = equation.split("->");
  const isDiagonal = inputs.split(",").some((term) => {
    const letters = term.replaceAll(" ", "");
    return new Set(letters).size < letters.length;
  });
  return isDiagonal ? `the equation ${equation} takes a diagonal` : undefined;
}
