import { apply, applyMany } from "../../expression.ts";
import { integers, numbers } from "../../literals.ts";
import { all, before11, image, list, repeated, scalar, sequence, tell } from "../story.fake.ts";
import { rankLimits } from "./ranks.ts";

const wide = apply("Unsqueeze", [image, integers([4, 5])]);
const deep = apply("Unsqueeze", [image, integers([2])]);
const weights = (dims: number) => repeated("float32", [8, 8, ...Array<number>(dims).fill(1)], 1);
const grid = (dims: number) => repeated("float32", [1, ...Array<number>(dims).fill(2), dims], 0);
const single = repeated("float32", [1, 8, 14, 14], 1);
const voxels = repeated("float32", [1, 8, 2, 2, 2], 1);
const offsets = repeated("float32", [1, 2, 14, 14], 0);
const heads = repeated("float32", [1, 2, 4, 8], 1);
const rows = repeated("float32", [1, 4, 8], 1);

tell(
  [
    { name: "a convolution of voxels is taken", made: [apply("Conv", [deep, weights(3)])] },
    { name: "a convolution in four dimensions", made: [apply("Conv", [wide, weights(4)])], says: all(/has 6 dim/) },
    {
      name: "pooling in four dimensions",
      made: [apply("MaxPool", [wide], { kernel_shape: [1, 1, 1, 1] })],
      says: all(/6 dimensions, only 3, 4, 5 are supported; fold the other dimensions/),
    },
    {
      name: "voxels that are sampled, which 11 takes",
      made: [apply("GridSample", [voxels, grid(3)])],
      opset: 20,
      says: before11(/has 5 dimensions, only 4 are|opset 20/),
    },
    {
      name: "sampling in four dimensions",
      made: [apply("GridSample", [repeated("float32", [1, 1, 2, 2, 2, 2], 1), grid(4)])],
      opset: 20,
      says: all(/has 6 dimensions/),
    },
    {
      name: "a deformable convolution of voxels",
      made: [
        apply("DeformConv", [voxels, repeated("float32", [8, 8, 1, 1, 1], 1), repeated("float32", [1, 3, 2, 2, 2], 0)]),
      ],
      opset: 19,
      says: all(/has 5 dimensions, only 3, 4/),
    },
    {
      name: "a deformable convolution with a border at one side",
      made: [apply("DeformConv", [single, weights(2), repeated("float32", [1, 2, 15, 14], 0)], { pads: [1, 0, 0, 0] })],
      opset: 19,
      says: all(/pads are \[1, 0, 0, 0\]/),
    },
    {
      name: "an even deformable convolution is taken",
      made: [apply("DeformConv", [single, weights(2), offsets])],
      opset: 19,
    },
    {
      name: "attention of heads in one",
      made: [apply("Attention", [rows, rows, rows], { q_num_heads: 2, kv_num_heads: 2 })],
      opset: 23,
      says: all(/does not have it|has 3 dimensions, only 4/),
    },
    {
      name: "attention under a mask without heads",
      made: [apply("Attention", [heads, heads, heads, repeated("float32", [4, 4], 0)])],
      opset: 23,
      says: all(/does not have it|input 4 has 2 dimensions, only 4 are supported; give the mask its batch/),
    },
    {
      name: "attention to keys of the past",
      made: applyMany("Attention", [heads, heads, heads, undefined, heads, heads], {}, 1),
      opset: 23,
      says: all(/does not have it|past keys and values/),
    },
    {
      name: "a cache of rows that is written to",
      made: [apply("TensorScatter", [rows, rows])],
      opset: 24,
      says: all(/does not have it|has 3 dimensions, only 4/),
    },
    {
      name: "a unit matrix of a size that varies",
      made: [apply("EyeLike", [apply("Unsqueeze", [list, integers([0])])])],
      says: all(/size of its input varies; compare two Range/),
    },
    {
      name: "a choice along an axis that varies",
      made: [apply("Hardmax", [list])],
      says: all(/the size L of its axis/),
    },
    { name: "a choice along an axis that does not is taken", made: [apply("Hardmax", [sequence])] },
    {
      name: "more of the largest than there may be",
      made: applyMany("TopK", [apply("Flatten", [image], { axis: 0 }), integers([4000])], {}, 2),
      says: all(/K is 4000 and must be less than 3840/),
    },
    {
      name: "an equation with dots, which 10.16 takes",
      made: [apply("Einsum", [image, weights(2)], { equation: "...ij,...jk->...ik" })],
      says: { "10.3": /has an ellipsis; write it as Transpose and MatMul/ },
    },
    {
      name: "an equation of a diagonal, which 10.16 takes",
      made: [apply("Einsum", [numbers("float32", [2, 2], [1, 2, 3, 4])], { equation: "ii->i" })],
      says: { "10.3": /takes a diagonal/ },
    },
    {
      name: "an equation in capitals",
      made: [apply("Einsum", [sequence, scalar("float32", 2)], { equation: "Nij,->Nij" })],
      says: all(/the equation Nij,->Nij has N, only a to z are supported/),
    },
    {
      name: "an equation of a product is taken",
      made: [apply("Einsum", [sequence, scalar("float32", 2)], { equation: "nij,->nij" })],
    },
  ],
  rankLimits,
);
