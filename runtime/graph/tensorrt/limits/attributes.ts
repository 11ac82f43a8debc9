import { floatOf, intOf, intsOf, stringOf } from "../../attributes.ts";
import type { Limit } from "../limit.ts";
import { isGiven, rankOf, type Site } from "../site.ts";
import { sources, type Source } from "../source.ts";

/** An integer attribute that must have one of a few values. */
const integer =
  (name: string, fallback: number, taken: readonly number[]) =>
  ({ made }: Site): string | undefined => {
    const value = intOf(made, name, fallback);
    return taken.includes(value) ? undefined : `${name} is ${value}, only ${taken.join(" and ")} is supported`;
  };

/** A string attribute that must have one of a few values. */
const word =
  (name: string, fallback: string, taken: readonly string[]) =>
  ({ made }: Site): string | undefined => {
    const value = stringOf(made, name, fallback);
    return taken.includes(value) ? undefined : `${name} is "${value}", only ${taken.join(", ")} are supported`;
  };

const resize = (broken: Limit["broken"], remedy: string, source: Source = sources.checkers): Limit => ({
  operators: ["Resize"],
  broken,
  remedy,
  source,
});

const resizeLimits: readonly Limit[] = [
  resize(word("mode", "nearest", ["nearest", "linear", "cubic"]), "use linear"),
  resize(
    word("coordinate_transformation_mode", "half_pixel", [
      ...["half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn", "asymmetric", "align_corners"],
    ]),
    "use half_pixel; tf_crop_and_resize is Slice and then Resize",
  ),
  resize(({ made }) => {
    const mode = stringOf(made, "nearest_mode", "round_prefer_floor");
    const isBroken =
      stringOf(made, "coordinate_transformation_mode") === "tf_half_pixel_for_nn" && mode !== "round_prefer_floor";
    return isBroken ? `nearest_mode is "${mode}" with tf_half_pixel_for_nn` : undefined;
  }, "use round_prefer_floor"),
  resize(integer("antialias", 0, [0]), "blur by a depthwise Conv before it"),
  resize(
    (site) => {
      const axes = intsOf(site.made, "axes");
      const rank = rankOf(site, 0);
      if (axes === undefined || rank === undefined || !isGiven(site, 2)) return undefined;
      return axes.length === rank && axes.every((axis, place) => axis === place || axis === place - rank)
        ? undefined
        : `scales are given for the axes [${axes.join(", ")}] of ${rank}`;
    },
    "give the sizes, or the scales of all axes",
    sources.operators10,
  ),
  resize(word("keep_aspect_ratio_policy", "stretch", ["stretch"]), "give the sizes that the policy leads to"),
];

/** Attributes of which the parser takes some values. */
export const attributeLimits: readonly Limit[] = [
  {
    operators: ["BatchNormalization"],
    broken: integer("training_mode", 0, [0]),
    remedy: "normalize with the moments of the batch by ReduceMean, Sub, Mul and Sqrt",
    source: sources.checkers,
  },
  {
    operators: ["AveragePool", "LpPool", "MaxPool"],
    broken: ({ made }) => {
      const dilations = intsOf(made, "dilations", []);
      return dilations.every((dilation) => dilation === 1) ? undefined : `dilations are [${dilations.join(", ")}]`;
    },
    remedy: "pool with a window without dilations, or the largest of slices by Max",
    source: sources.checkers,
  },
  ...resizeLimits,
  {
    operators: ["LpNormalization", "LpPool"],
    broken: integer("p", 2, [1, 2]),
    remedy: "write it as Abs, Pow, ReduceSum and Div",
    source: sources.checkers,
  },
  {
    operators: ["Constant"],
    broken: ({ made }) => {
      const found = made.attributes.find(({ name = "" }) =>
        ["sparse_value", "value_string", "value_strings"].includes(name),
      );
      return found && `${found.name ?? ""} is not supported`;
    },
    remedy: "give it as a dense tensor of numbers",
    source: sources.checkers,
  },
  {
    operators: ["RoiAlign"],
    broken: word("coordinate_transformation_mode", "half_pixel", ["half_pixel", "output_half_pixel"]),
    remedy: "shift the boxes by half a pixel",
    source: sources.checkers,
  },
  {
    operators: ["ScatterND"],
    broken: word("reduction", "none", ["none"]),
    remedy: "add what lies there before by GatherND, or use ScatterElements with its reduction",
    source: sources.operators10,
  },
  {
    operators: ["TopK"],
    broken: integer("sorted", 1, [1]),
    remedy: "leave sorted out",
    source: sources.operators10,
  },
  {
    operators: ["LSTM"],
    broken: integer("input_forget", 0, [0]),
    remedy: "write it as a Loop",
    source: sources.checkers,
  },
  {
    operators: ["LSTM"],
    broken: integer("layout", 0, [0]),
    remedy: "put a Transpose before and after it",
    source: sources.operators10,
  },
  {
    operators: ["Attention"],
    broken: ({ made }) =>
      floatOf(made, "softcap", 0) === 0 && intOf(made, "qk_matmul_output_mode", 0) === 0
        ? undefined
        : "softcap or qk_matmul_output_mode is not 0",
    remedy: "write it as MatMul, Softmax and MatMul",
    source: sources.operators10,
  },
  {
    operators: ["TensorScatter"],
    broken: integer("axis", -2, [-2]),
    remedy: "write it as ScatterND",
    source: sources.operators10,
  },
];
