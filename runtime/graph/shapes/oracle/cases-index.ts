import { bytes, floats, int, ints, op, type Case } from "./case.ts";

const image = "f32[N,3,H,W]";
const rows = "f32[N,4]";

export const indexCases: readonly Case[] = [
  op("a list", "Gather", [image, ints(0, 2)], { axis: 1 }),
  op("a number takes the axis away", "Gather", [image, int(0)], { axis: 2 }),
  op("a matrix of indices", "Gather", [rows, "i64[2,L]"], { axis: -1 }),
  op("of the indices' shape", "GatherElements", [rows, "i64[N,2]"], { axis: 1 }),
  op("tuples", "GatherND", ["f32[N,3,4]", "i64[L,2]"]),
  op("tuples in batches", "GatherND", ["f32[2,3,4]", "i64[2,1]"], { batch_dims: 1 }),
  op("elements", "ScatterElements", ["f32[3,4]", "i64[1,2]", "f32[1,2]"], { axis: 1 }, { opset: 16 }),
  op("slices", "ScatterND", ["f32[5,4]", "i64[2,1]", "f32[2,4]"], {}, { opset: 16 }),
  op("by its old name", "Scatter", ["f32[3,4]", "i64[1,2]", "f32[1,2]"], {}, { opset: 10 }),
  op("in place of the past", "TensorScatter", ["f32[N,2,8,4]", "f32[N,2,3,4]"], {}, { opset: 24 }),
  op("a number of them", "TopK", [rows, ints(2)], {}, { outputs: 2 }),
  op("along an axis", "TopK", [image, ints(2)], { axis: 1 }, { outputs: 2 }),
  op("k is an input", "TopK", ["f32[4,5]", "i64[1]"], {}, { outputs: 2 }),
  op("a new last axis", "OneHot", ["i64[N,L]", int(5), floats(0, 1)]),
  op("a new first axis", "OneHot", ["i64[N]", int(5), floats(0, 1)], { axis: 0 }),
  op("where it is not 0", "NonZero", [image]),
  op("of all", "Compress", [rows, "bool[4]"]),
  op("along an axis", "Compress", ["f32[2,4]", "bool[4]"], { axis: 1 }),
  op("of all", "Unique", ["f32[4,5]"], {}, { outputs: 4 }),
  op("along an axis", "Unique", ["f32[4,5]"], { axis: 0 }, { outputs: 4 }),
  op("boxes that stay", "NonMaxSuppression", ["f32[1,K,4]", "f32[1,2,K]", int(3)]),
  op("each its own length", "ReverseSequence", ["f32[4,3]", ints(1, 2, 4)]),
  op("of bytes", "Gather", [bytes("uint8", 1, 4, 2), ints(1)]),
];
