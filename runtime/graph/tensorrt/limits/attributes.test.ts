import { apply, applyMany, float } from "../../expression.ts";
import { integers, numbers } from "../../literals.ts";
import { all, image, list, repeated, tell } from "../story.fake.ts";
import { attributeLimits } from "./attributes.ts";

const channels = repeated("float32", [8], 1);
const half = integers([1, 8, 7, 7]);
const resize = (attributes: Parameters<typeof apply>[2], roi?: ReturnType<typeof integers>) =>
  apply("Resize", [image, roi, undefined, half], attributes);
const window = { kernel_shape: [2, 2] };
const heads = repeated("float32", [1, 2, 4, 8], 1);

tell(
  [
    {
      name: "a resize to sizes that are computed is taken",
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
              {
                axis: 0,
              },
            ),
          ],
          { mode: "linear", coordinate_transformation_mode: "align_corners" },
        ),
      ],
    },
    {
      name: "BatchNormalization in training mode",
      made: applyMany("BatchNormalization", [image, channels, channels, channels, channels], { training_mode: 1 }, 3),
      says: all(/training_mode is 1, only 0 is supported; normalize with the moments of the batch/),
    },
    {
      name: "a window with holes",
      made: [apply("MaxPool", [image], { ...window, dilations: [2, 2] })],
      says: all(/dilations are \[2, 2\]/),
    },
    { name: "a resize of no mode", made: [resize({ mode: "lanczos" })], says: all(/mode is "lanczos"/) },
    {
      name: "a crop that is resized",
      made: [
        resize(
          { mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize" },
          numbers("float32", [8], [0, 0, 0, 0, 1, 1, 1, 1]),
        ),
      ],
      says: all(/tf_crop_and_resize.*Slice and then Resize/),
    },
    {
      name: "nearest pixels as an old TensorFlow took them",
      made: [resize({ coordinate_transformation_mode: "tf_half_pixel_for_nn", nearest_mode: "floor" })],
      says: all(/nearest_mode is "floor" with tf_half_pixel_for_nn/),
    },
    {
      name: "a resize by the scales of some axes",
      made: [apply("Resize", [image, undefined, numbers("float32", [2], [2, 2])], { axes: [2, 3] })],
      opset: 18,
      says: all(/scales are given for the axes \[2, 3\] of 4; give the sizes/),
    },
    {
      name: "a resize by the scales of all axes, counted from the end, is taken",
      made: [apply("Resize", [image, undefined, numbers("float32", [4], [1, 1, 2, 2])], { axes: [-4, -3, -2, -1] })],
      opset: 18,
    },
    {
      name: "a resize without aliasing",
      made: [resize({ mode: "linear", antialias: 1 })],
      opset: 18,
      says: all(/antialias is 1/),
    },
    {
      name: "a resize that keeps the aspect",
      made: [resize({ keep_aspect_ratio_policy: "not_larger" })],
      opset: 18,
      says: all(/not_larger/),
    },
    {
      name: "a norm of degree 3",
      made: [apply("LpPool", [image], { ...window, p: 3 })],
      says: all(/p is 3, only 1 and 2/),
    },
    {
      name: "a constant of words",
      made: [apply("Shape", [apply("Constant", [], { value_string: "word" })])],
      says: all(/value_string is not/),
    },
    {
      name: "boxes by other pixels",
      made: [
        apply("RoiAlign", [repeated("float32", [1, 8, 14, 14], 1), repeated("float32", [1, 4], 1), integers([0])], {
          coordinate_transformation_mode: "pixel",
        }),
      ],
      says: all(/coordinate_transformation_mode is "pixel"/),
    },
    {
      name: "sums into places",
      made: [
        apply("ScatterND", [list, numbers("int64", [1, 1], [0]), numbers("float32", [1], [1])], { reduction: "add" }),
      ],
      says: all(/reduction is "add"/),
    },
    {
      name: "unsorted largest values",
      made: applyMany("TopK", [image, integers([2])], { sorted: 0 }, 2),
      says: all(/sorted is 0/),
    },
    ...[{ input_forget: 1 }, { layout: 1 }].map((attributes) => ({
      name: `an LSTM with ${Object.keys(attributes).join()}`,
      made: applyMany(
        "LSTM",
        [repeated("float32", [4, 4, 3], 1), repeated("float32", [1, 8, 3], 1), repeated("float32", [1, 8, 2], 1)],
        { hidden_size: 2, ...attributes },
        1,
      ),
      says: all(new RegExp(`${Object.keys(attributes).join()} is 1`)),
    })),
    {
      name: "attention with a cap",
      made: [apply("Attention", [heads, heads, heads], { softcap: float(2) })],
      opset: 23,
      says: all(/does not have it|softcap or qk_matmul_output_mode is not 0/),
    },
    {
      name: "attention with a cap of 0 and a precision, which 10.16 takes",
      made: [apply("Attention", [heads, heads, heads], { softcap: float(0), softmax_precision: 1 })],
      opset: 23,
      says: { "10.3": /does not have it/ },
    },
    {
      name: "a cache that is written along another axis",
      made: [apply("TensorScatter", [heads, heads], { axis: 1 })],
      opset: 24,
      says: all(/does not have it|axis is 1, only -2/),
    },
  ],
  attributeLimits,
);
