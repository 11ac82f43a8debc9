import fc from "fast-check";
import { floats, given, ints, result, type Case } from "./case.ts";

/** Operators whose sizes depend on attributes and small constants, with these at random. */

type Layer = Omit<Case, "name">;

/** Two spatial sizes: H is 9 and W is 11, by name or as numbers. */
const spatial = fc.constantFrom("H,W", "9,11", "H,11", "10,7");
const image = spatial.map((size) => `f32[N,2,${size}]`);
const both = (of: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(of, { minLength: 2, maxLength: 2 });
const upTo = (least: number, most: number): fc.Arbitrary<number> => fc.integer({ min: least, max: most });
const opset = fc.constantFrom(11, 13, 17, 19, 22);
const padding = fc.oneof(
  fc.constantFrom(...["SAME_UPPER", "SAME_LOWER", "VALID"].map((auto_pad) => ({ auto_pad }))),
  fc.array(upTo(0, 1), { minLength: 4, maxLength: 4 }).map((pads) => ({ pads })),
);
const windows = fc.record({
  kernel: both(upTo(1, 3)),
  strides: both(upTo(1, 4)),
  dilations: both(upTo(1, 2)),
  padding,
});

const convolved: fc.Arbitrary<Layer> = fc
  .tuple(image, windows, fc.constantFrom("Conv", "ConvTranspose"), both(upTo(0, 1)), opset)
  .map(([x, { kernel, strides, dilations, padding }, opType, more, opset]) => {
    const attributes = { strides, dilations, ...padding, ...(opType === "ConvTranspose" && { output_padding: more }) };
    return { opset, outputs: [result(opType, [x, `f32[2,2,${kernel.join(",")}]`], attributes)] };
  });

const pooled: fc.Arbitrary<Layer> = fc
  .tuple(image, windows, fc.constantFrom("MaxPool", "AveragePool", "LpPool"), upTo(0, 1), opset)
  .map(([x, { kernel, strides, dilations, padding }, opType, ceil_mode, opset]) => {
    const dilates = opType === "MaxPool" || opset >= 19;
    const rounds = opType !== "LpPool" || opset >= 18;
    const attributes = { kernel_shape: kernel, strides, ...padding, ...(dilates && { dilations }) };
    return { opset, outputs: [result(opType, [x], { ...attributes, ...(rounds && { ceil_mode }) })] };
  });

const scale = fc.oneof(
  fc.constantFrom(0.5, 2, 3, 1 / 3, 0.7, 0.29, 1.1),
  fc.tuple(upTo(1, 30), upTo(1, 30)).map(([a, b]) => a / b),
);

const resized: fc.Arbitrary<Layer> = fc.oneof(
  fc
    .tuple(image, both(scale), opset)
    .map(([x, scales, opset]) => ({ opset, outputs: [result("Resize", [x, floats(), floats(1, 1, ...scales)])] })),
  fc
    .tuple(image, both(upTo(1, 30)), fc.constantFrom("stretch", "not_larger", "not_smaller"), fc.boolean())
    .map(([x, sizes, keep_aspect_ratio_policy, reversed]) => {
      const axes = reversed ? [-1, -2] : [2, 3];
      const value = result("Resize", [x, undefined, undefined, ints(...sizes)], { axes, keep_aspect_ratio_policy });
      return { opset: 18, outputs: [value] };
    }),
);

const bound = fc.constantFrom(0, 1, -1, 2, -3, 8, -9, 20, -20, 2 ** 31 - 1, -(2 ** 31), 2n ** 63n - 1n, -(2n ** 63n));

const sliced: fc.Arbitrary<Layer> = fc
  .tuple(image, bound, bound, fc.constantFrom(1, 2, 3, -1, -2, 100, -100), upTo(-2, 3), opset)
  .map(([x, start, end, step, axis, opset]) => {
    const inputs = [x, ...[start, end, axis, step].map((number) => ints(number))];
    return { opset, outputs: [result("Slice", inputs)] };
  });

const padded: fc.Arbitrary<Layer> = fc
  .tuple(image, fc.array(upTo(-2, 3), { minLength: 4, maxLength: 4 }), opset)
  .map(([x, [a, b, c, d], opset]) => ({ opset, outputs: [result("Pad", [x, ints(0, 0, a!, b!, 0, 0, c!, d!)])] }));

/** Tensors of sizes that broadcast: named, a number, or 1. */
const size = fc.constantFrom(
  ["L", "5"],
  ["L", "1"],
  ["1", "L"],
  ["1", "5"],
  ["5", "5"],
  ["I", "L"],
  ["L", "I"],
  ["1", "1"],
);
const broadcast: fc.Arbitrary<Layer> = fc
  .tuple(size, size, fc.constantFrom("ij,ij->ij", "ij,ij->j", "ij,ij", "...j,...j->...j", "add"))
  .map(([[a, b], [c, d], equation]) => {
    const inputs = [given(`f32[${a},${c}]`), given(`f32[${b},${d}]`)];
    return {
      opset: 17,
      outputs: [equation === "add" ? result("Add", inputs) : result("Einsum", inputs, { equation })],
    };
  });

/** One layer. */
export const randomLayers: fc.Arbitrary<Layer> = fc.oneof(convolved, pooled, resized, sliced, padded, broadcast);
