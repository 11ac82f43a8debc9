import { chain, floats, ints, number, op, result, type Case } from "./case.ts";

/** At the edges of operators: sizes that round, windows that do not fit, bounds far beyond the end, sizes of 1. */

const line = (size: number | string) => `f32[1,1,${size}]`;
const windows = (kernel: number, stride: number, rest: object = {}) => ({
  ...{ kernel_shape: [kernel], strides: [stride] },
  ...rest,
});
const same = { auto_pad: "SAME_UPPER" };
const before = { auto_pad: "SAME_LOWER" };

const [rounds, dilated, far, joint] = [
  "onnx multiplies in double precision and ONNX Runtime in float32",
  "ONNX Runtime pads pools as if they were not dilated",
  "ONNX Runtime takes the largest integers for the end of the axis",
  "onnx takes the first size, which may be the 1 that is repeated",
];

export const edgeCases: readonly Case[] = [
  ...[
    [10, 0.7],
    [100, 0.29],
    [50, 0.58],
  ].map(([size, scale]) =>
    op(`${size} by ${scale}`, "Resize", [line(size!), undefined, floats(1, 1, scale!)], {}, { disagrees: rounds }),
  ),
  op("a name by a number that rounds", "Resize", [line("L"), undefined, floats(1, 1, 0.7)]),
  op("a scale that rounds", "Upsample", [line(9), floats(1, 1, 10 / 9)], {}, { opset: 9 }),
  op(
    "to half a pixel",
    "Resize",
    ["f32[1,1,7,4]", undefined, undefined, ints(6, 6)],
    { axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" },
    { opset: 18 },
  ),
  op(
    "in proportion, over axes from the end",
    "Resize",
    ["f32[1,1,17,8]", undefined, undefined, ints(20, 6)],
    { axes: [-1, -2], keep_aspect_ratio_policy: "not_smaller" },
    { opset: 18, disagrees: "ONNX Runtime keeps no proportion over axes from the end" },
  ),

  ...[same, before].flatMap((padded) => [
    op(`${padded.auto_pad}, a stride beyond the kernel`, "ConvTranspose", [line(10), "f32[1,2,1]"], {
      ...windows(1, 2, padded),
    }),
    op(`${padded.auto_pad}, a stride beyond the kernel, over a name`, "ConvTranspose", [line("L"), "f32[1,2,2]"], {
      ...windows(2, 5, padded),
    }),
    op(
      `${padded.auto_pad}, dilated`,
      "ConvTranspose",
      [line(10), "f32[1,2,2]"],
      windows(2, 3, { dilations: [2], ...padded }),
    ),
    op(`${padded.auto_pad}, more of the end`, "ConvTranspose", [line(10), "f32[1,2,2]"], {
      ...windows(2, 4, { output_padding: [1], ...padded }),
    }),
    op(
      `${padded.auto_pad}, more of an end that is cut off`,
      "ConvTranspose",
      [line(10), "f32[1,2,5]"],
      windows(5, 2, { output_padding: [1], ...padded }),
      { disagrees: "onnx adds what is cut off again" },
    ),
    op(`${padded.auto_pad}, an odd pad`, "ConvTranspose", [line(7), "f32[1,2,4]"], windows(4, 3, padded)),
    op(`${padded.auto_pad}, a stride beyond the kernel`, "Conv", [line(10), "f32[2,1,2]"], windows(2, 3, padded)),
    op(`${padded.auto_pad}, a stride beyond the kernel`, "MaxPool", [line(10)], windows(2, 3, padded)),
    op(`${padded.auto_pad}, dilated`, "MaxPool", [line(10)], windows(3, 2, { dilations: [2], ...padded }), {
      disagrees: dilated,
    }),
    op(
      `${padded.auto_pad}, dilated, over a name`,
      "MaxPool",
      [line("L")],
      windows(3, 2, { dilations: [2], ...padded }),
    ),
    op(
      `${padded.auto_pad}, dilated by a kernel of 1`,
      "MaxPool",
      [line(10)],
      windows(1, 2, { dilations: [2], ...padded }),
    ),
    op(`${padded.auto_pad}, dilated`, "AveragePool", [line(10)], windows(3, 2, { dilations: [2], ...padded }), {
      opset: 19,
      disagrees: dilated,
    }),
  ]),
  op("a window that sticks out by less than a stride", "MaxPool", [line(2)], windows(3, 2)),
  op("a window that sticks out, rounded up", "AveragePool", [line(2)], windows(4, 3, { ceil_mode: 1 })),

  ...[2 ** 31 - 1, 2n ** 63n - 1n].map((end) =>
    op(`backwards to ${end}`, "Slice", ["f32[9]", ints(-1), ints(end), ints(0), ints(-1)], {}, { disagrees: far }),
  ),
  op("backwards to 2^40", "Slice", ["f32[9]", ints(-1), ints(2 ** 40), ints(0), ints(-1)]),
  op("a name backwards to the largest integer", "Slice", [
    ...["f32[L]", ints(-1), ints(2n ** 63n - 1n), ints(0), ints(-1)],
  ]),
  chain(
    "contents backwards to the largest integer",
    [result("ConstantOfShape", [result("Slice", [ints(2, 3, 4), ints(-1), ints(2n ** 63n - 1n), ints(0), ints(-1)])])],
    { disagrees: far },
  ),

  op(
    "two names that broadcast",
    "Einsum",
    ["f32[N,L]", "f32[N,M]"],
    { equation: "ij,ij->ij" },
    { disagrees: joint, notRun: "L is M here" },
  ),
  op("a name with 1", "Einsum", ["f32[N,L]", "f32[N,1]"], { equation: "ij,ij->ij" }),
  op("1 with a name", "Einsum", ["f32[N,1]", "f32[N,L]"], { equation: "ij,ij->ij" }, { disagrees: joint }),
  op("1 with a number", "Einsum", ["f32[N,1]", "f32[N,5]"], { equation: "ij,ij->ij" }, { disagrees: joint }),
  op("a name that is 1", "Einsum", ["f32[N,I]", "f32[N,K]"], { equation: "ij,ij->ij" }, { disagrees: joint }),
  chain("a range of float32 that rounds", [result("Range", [number(0.1), number(20), number(0.1)])]),
];
