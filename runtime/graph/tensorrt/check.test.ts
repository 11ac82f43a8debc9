import { describe, expect, test } from "@jest/globals";
import { apply, applyMany, application, float, input, type Result, type Value } from "../expression.ts";
import type { ElementType } from "../elements.ts";
import { modelOf, type Graph, type Model } from "../graph.ts";
import { integers, numbers } from "../literals.ts";
import { inferTypes } from "../shapes/infer.ts";
import { checkForTensorRT } from "./check.ts";
import { describeProblem } from "./problem.ts";
import { versions, type TensorRTVersion } from "./release.ts";

const image = input("image", "float32", ["N", 8, 14, 14]);
const sequence = input("sequence", "float32", ["N", 8, 14]);
const list = input("list", "float32", ["L"]);
const weight = numbers("float32", [8, 8, 1, 1], Array<number>(64).fill(0.5));
const channels = numbers("float32", [8], Array<number>(8).fill(1));
const scalar = (type: ElementType, value: number): Value => numbers(type, [], [value]);

function graphOf(...results: readonly (Value | undefined)[]): Graph {
  const values = results.filter((value) => value !== undefined);
  const inputs = [image, sequence, list];
  return { name: "test", inputs, outputs: values.map((value, index) => ({ name: `output${index}`, value })) };
}

function modelWith(results: readonly (Value | undefined)[], opset = 17): Model {
  return modelOf(graphOf(...results), { opset, irVersion: 8, producer: "test" });
}

const problemsOf = (model: Model, version: TensorRTVersion): readonly string[] =>
  checkForTensorRT(model, inferTypes(model), version).map(describeProblem);

/** A body that gives one value. */
const body = (attribute: string, value: Value): { attribute: string; graph: Graph } => ({
  attribute,
  graph: { name: attribute, inputs: [], outputs: [{ name: `${attribute}_output`, value }] },
});

const outer = (value: Value): Value => ({ kind: "Outer", value });

const branch = (then: Value, otherwise: Value): readonly (Result | undefined)[] =>
  application({
    opType: "If",
    inputs: [apply("Greater", [apply("ReduceMax", [image], { keepdims: 0 }), scalar("float32", 0)])],
    bodies: [body("then_branch", then), body("else_branch", otherwise)],
  }).results;

const bn = (attributes: Record<string, number>, outputs: number): readonly Result[] =>
  applyMany("BatchNormalization", [image, channels, channels, channels, channels], attributes, outputs);

const quantize = (type: ElementType, zero = 0): Result =>
  apply("QuantizeLinear", [image, scalar("float32", 0.1), scalar(type, zero)]);

interface Story {
  readonly name: string;
  readonly made: readonly (Value | undefined)[];
  /** What each release says, from its first word on; the others take it. */
  readonly says: Partial<Readonly<Record<TensorRTVersion, RegExp>>>;
  readonly opset?: number;
}

const all = (pattern: RegExp): Story["says"] => ({ "10.3": pattern, "10.16": pattern, "11": pattern });

const taken: readonly Story[] = [
  { name: "a convolution with its normalization and activation", made: [apply("Relu", [bn({}, 1)[0]])], says: {} },
  {
    name: "a scale for each channel of a weight",
    made: [
      apply("Conv", [
        image,
        apply(
          "DequantizeLinear",
          [
            numbers("int8", [8, 8, 1, 1], Array<number>(64).fill(3)),
            numbers("float32", [8], Array<number>(8).fill(0.1)),
            numbers("int8", [8], Array<number>(8).fill(0)),
          ],
          { axis: 0 },
        ),
      ]),
    ],
    says: {},
  },
  {
    name: "symmetric int8 activations",
    made: [apply("DequantizeLinear", [quantize("int8"), scalar("float32", 0.1), scalar("int8", 0)])],
    says: {},
  },
  {
    name: "a resize to sizes that are computed",
    made: [
      apply(
        "Resize",
        [
          image,
          undefined,
          undefined,
          apply(
            "Concat",
            [apply("Slice", [apply("Shape", [image]), integers([0]), integers([2])]), integers([28, 28])],
            { axis: 0 },
          ),
        ],
        { mode: "linear" },
      ),
    ],
    says: {},
  },
  {
    name: "pooling and convolution in one dimension",
    made: [apply("MaxPool", [sequence], { kernel_shape: [2] })],
    says: {},
  },
  {
    name: "doubles, which it reads as floats",
    made: [apply("Relu", [apply("Constant", [], { value: { tensor: numbers("float64", [2], [1, 2]).tensor } })])],
    says: {},
  },
  { name: "branches of one shape", made: branch(outer(image), apply("Neg", [outer(image)])), says: {} },
];

const refused: readonly Story[] = [
  {
    name: "BatchNormalization in training mode",
    made: [bn({ training_mode: 1 }, 3)[0]],
    says: all(/training_mode is 1, only 0 is supported; normalize with the moments of the batch/),
  },
  {
    name: "running moments that BatchNormalization gives back",
    made: bn({ training_mode: 1 }, 3),
    says: all(/output 2 and 3 is used/),
  },
  {
    name: "the places of the largest values",
    made: applyMany("MaxPool", [image], { kernel_shape: [2, 2] }, 2),
    says: all(/MaxPool ".*": output 2 is used.*leave Indices out/),
  },
  {
    name: "a window with holes",
    made: [apply("MaxPool", [image], { kernel_shape: [2, 2], dilations: [2, 2] })],
    says: all(/dilations are \[2, 2\]/),
  },
  {
    name: "moments that LayerNormalization gives back",
    made: applyMany("LayerNormalization", [image, numbers("float32", [14], Array<number>(14).fill(1))], {}, 2),
    says: all(/output 2 is used/),
  },
  {
    name: "a bias as int32",
    made: [
      apply("DequantizeLinear", [numbers("int32", [8], Array<number>(8).fill(7)), scalar("float32", 0.1)], { axis: 0 }),
    ],
    says: all(/quantizes to int32; leave the bias in floating point/),
  },
  { name: "activations as uint8", made: [quantize("uint8")], says: all(/quantizes to uint8; quantize to int8/) },
  {
    name: "activations as uint8 because nothing else was said",
    made: [apply("QuantizeLinear", [image, scalar("float32", 0.1)])],
    says: all(/quantizes to uint8/),
  },
  {
    name: "activations as int16",
    made: [quantize("int16")],
    opset: 21,
    says: { "10.3": /opset 21|int16/, "10.16": /quantizes to int16/, "11": /quantizes to int16/ },
  },
  {
    name: "a zero point that is not 0",
    made: [quantize("int8", 3)],
    says: all(/zero point is not 0; quantize symmetrically/),
  },
  {
    name: "a scale of 0",
    made: [apply("QuantizeLinear", [image, scalar("float32", 0), scalar("int8", 0)])],
    says: all(/scale is not positive/),
  },
  {
    name: "scales of half precision that are negative",
    made: [apply("QuantizeLinear", [image, scalar("float16", -1), scalar("int8", 0)])],
    opset: 19,
    says: all(/scale is not positive/),
  },
  {
    name: "quantization that is chosen at every picture",
    made: applyMany("DynamicQuantizeLinear", [image], {}, 3),
    says: all(/does not have it; quantize with calibrated scales/),
  },
  {
    name: "a convolution of integers",
    made: [apply("ConvInteger", [quantize("uint8"), numbers("uint8", [8, 8, 1, 1], Array<number>(64).fill(1))])],
    says: all(/ConvInteger ".*": TensorRT .* does not have it; put QuantizeLinear/),
  },
  {
    name: "a crop that is resized",
    made: [
      apply("Resize", [image, numbers("float32", [8], [0, 0, 0, 0, 1, 1, 1, 1]), undefined, integers([1, 8, 7, 7])], {
        mode: "linear",
        coordinate_transformation_mode: "tf_crop_and_resize",
      }),
    ],
    says: all(/tf_crop_and_resize.*Slice and then Resize/),
  },
  {
    name: "a resize without aliasing",
    made: [apply("Resize", [image, undefined, undefined, integers([1, 8, 7, 7])], { mode: "linear", antialias: 1 })],
    opset: 18,
    says: all(/antialias is 1/),
  },
  {
    name: "a resize that keeps the aspect",
    made: [
      apply("Resize", [image, undefined, undefined, integers([1, 8, 7, 7])], {
        keep_aspect_ratio_policy: "not_larger",
      }),
    ],
    opset: 18,
    says: all(/not_larger/),
  },
  {
    name: "branches of other sizes, where the size is chosen",
    made: branch(outer(image), apply("MaxPool", [outer(image)], { kernel_shape: [2, 2] })),
    says: { "10.3": /\[N, 8, 14, 14\] and \[N, 8, 13, 13\], which do not broadcast/ },
  },
  {
    name: "branches of other ranks",
    made: branch(outer(image), apply("Flatten", [outer(image)])),
    says: all(/differ in rank/),
  },
  {
    name: "axes that are computed",
    made: [
      apply("ReduceSum", [image, apply("Cast", [apply("Slice", [list, integers([0]), integers([1])])], { to: 7 })]),
    ],
    says: all(/axes is computed/),
  },
  {
    name: "Gelu before it was an operator of the parser",
    made: [apply("Gelu", [image])],
    opset: 20,
    says: { "10.3": /opset 20|Gelu.*write it as x\/2/ },
  },
  {
    name: "Swish before it was an operator of the parser",
    made: [apply("Swish", [image])],
    opset: 24,
    says: { "10.3": /opset 24|Swish/, "10.16": /Swish ".*": TensorRT 10.16 does not have it; write it as x Sigmoid/ },
  },
  {
    name: "an operator set of tomorrow",
    made: [apply("Relu", [image])],
    opset: 26,
    says: all(/the model: it is written against opset 26, TensorRT .* reads 9 to/),
  },
  {
    name: "an operator of another house",
    made: [apply("BiasGelu", [image, channels], {}, { domain: "com.microsoft" })],
    says: all(/domain com.microsoft is not read without a plugin/),
  },
  {
    name: "the remainder of truths",
    made: [apply("Neg", [apply("Cast", [image], { to: 2 })])],
    says: all(/Neg ".*": it is not taken for uint8; put a Cast to int32/),
  },
  {
    name: "nine dimensions",
    made: [apply("Unsqueeze", [image, integers([4, 5, 6, 7, 8])])],
    says: all(/9 dimensions, TensorRT has at most 8/),
  },
  {
    name: "more of the largest than there may be",
    made: applyMany("TopK", [apply("Flatten", [image], { axis: 0 }), integers([4000])], {}, 2),
    says: all(/K is 4000 and must be less than 3840/),
  },
  {
    name: "unsorted largest values",
    made: applyMany("TopK", [image, integers([2])], { sorted: 0 }, 2),
    says: all(/sorted is 0/),
  },
  {
    name: "sums into places",
    made: [
      apply("ScatterND", [list, apply("Unsqueeze", [integers([0]), integers([0])]), numbers("float32", [1], [1])], {
        reduction: "add",
      }),
    ],
    says: all(/reduction is "add"/),
  },
  {
    name: "padding of some axes",
    made: [apply("Pad", [image, integers([1, 1]), undefined, integers([2])])],
    opset: 18,
    says: { "10.3": /axes are given; give pads for all axes/ },
  },
  {
    name: "dropout in training",
    made: [apply("Dropout", [image, scalar("float32", 0.5), scalar("bool", 1)])],
    says: all(/training_mode is true/),
  },
  {
    name: "a norm of degree 3",
    made: [apply("LpPool", [image], { kernel_shape: [2, 2], p: 3 })],
    says: all(/p is 3, only 1 and 2/),
  },
  {
    name: "an equation with dots",
    made: [apply("Einsum", [image, weight], { equation: "...ij,...jk->...ik" })],
    says: { "10.3": /ellipsis/ },
  },
];

describe("TensorRT's parser takes", () => {
  test.each(taken)("$name", ({ made, opset }) => {
    for (const version of versions)
      expect([version, problemsOf(modelWith(made, opset), version)]).toEqual([version, []]);
  });
});

describe("TensorRT's parser does not take", () => {
  test.each(refused)("$name", ({ made, says, opset }) => {
    for (const version of versions) {
      const problems = problemsOf(modelWith(made, opset), version);
      const expected = says[version];
      if (expected === undefined) expect([version, problems]).toEqual([version, []]);
      else expect([version, problems.join("\n")]).toEqual([version, expect.stringMatching(expected)]);
    }
  });
});

test("every problem names a node, a remedy and where that was read", () => {
  const model = modelWith([apply("LeakyRelu", [bn({ training_mode: 1 }, 3)[0]], { alpha: float(0.1) })]);
  for (const problem of checkForTensorRT(model, inferTypes(model), "10.3"))
    expect(problem).toEqual({
      node: expect.stringMatching(/./),
      opType: "BatchNormalization",
      problem: expect.stringMatching(/./),
      remedy: expect.stringMatching(/./),
      source: { title: expect.stringMatching(/./), url: expect.stringMatching(/^https:/) },
    });
});

test("nodes in bodies are checked", () => {
  const pooled = applyMany("MaxPool", [outer(image)], { kernel_shape: [1, 1] }, 2)[1]!;
  expect(problemsOf(modelWith(branch(apply("Cast", [pooled], { to: 1 }), outer(image))), "11")).toEqual([
    expect.stringMatching(/output 2 is used/),
  ]);
});
