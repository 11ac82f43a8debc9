import { bytes, floats, number, op, ints, type Case } from "./case.ts";

const u8 = bytes("uint8", 3);
const i8 = bytes("int8", 0);
const scale = number(0.5);
const image = "u8[N,3,H,W]";
const microsoft = { domain: "com.microsoft" };
const scaled = (value: string) => [value, scale, u8] as const;
/** Filters with their scale and zero point. */
const filters = [bytes("uint8", 1, 8, 3, 3, 3), scale, u8] as const;

export const quantizedCases: readonly Case[] = [
  op("to uint8 where nothing is said", "QuantizeLinear", ["f32[N,3,4]", scale]),
  op("to the type of the zero point", "QuantizeLinear", ["f32[N,3,4]", scale, i8]),
  op("each channel", "QuantizeLinear", ["f32[N,2,4]", floats(1, 2), bytes("int8", 0, 2)], { axis: 1 }),
  op("to a type by number", "QuantizeLinear", ["f32[N,3,4]", scale], { output_dtype: 3 }, { opset: 21 }),
  op("to float", "DequantizeLinear", [image, scale, u8]),
  op("each channel", "DequantizeLinear", ["i8[N,2,4]", floats(1, 2)], { axis: 1 }),
  op("of int32", "DequantizeLinear", ["i32[8]", scale]),
  op("with its scale", "DynamicQuantizeLinear", ["f32[N,4]"], {}, { outputs: 3 }),
  op("strided", "QLinearConv", [...scaled(image), bytes("int8", 1, 8, 3, 3, 3), scale, i8, scale, u8], {
    strides: [2, 2],
  }),
  op("padded", "ConvInteger", [image, bytes("uint8", 1, 8, 3, 3, 3)], { pads: [1, 1, 1, 1] }),
  op("matrices", "QLinearMatMul", [...scaled("u8[N,L,4]"), bytes("uint8", 1, 4, 5), scale, u8, scale, u8]),
  op("matrices", "MatMulInteger", ["u8[N,L,4]", bytes("uint8", 1, 4, 5)]),
  op("broadcasts", "QLinearAdd", [...scaled("u8[N,3,4]"), ...scaled("u8[4]"), scale, u8], {}, microsoft),
  op("broadcasts", "QLinearMul", [...scaled("u8[N,3,4]"), ...scaled("u8[4]"), scale, u8], {}, microsoft),
  op("broadcasts", "QLinearWhere", ["bool[N,1]", ...scaled("u8[N,4]"), ...scaled("u8[4]"), scale, u8], {}, microsoft),
  op("means", "QLinearAveragePool", [...scaled(image), scale, u8], { kernel_shape: [2, 2] }, microsoft),
  op("over all places", "QLinearGlobalAveragePool", [...scaled(image), scale, u8], {}, microsoft),
  op(
    "channels last",
    "QLinearGlobalAveragePool",
    [...scaled("u8[N,H,W,3]"), scale, u8],
    { channels_last: 1 },
    microsoft,
  ),
  op(
    "along channels",
    "QLinearConcat",
    [scale, u8, ...scaled("u8[N,3]"), ...scaled("u8[N,4]")],
    { axis: 1 },
    microsoft,
  ),
  op("like its input", "QLinearSigmoid", [...scaled("u8[N,4]"), scale, u8], {}, microsoft),
  op("like its input", "QLinearLeakyRelu", [...scaled("u8[N,4]"), scale, u8], {}, microsoft),
  op("like its input", "QLinearSoftmax", [...scaled("u8[N,4]"), scale, u8], { axis: 1, opset: 13 }, microsoft),
  op(
    "to bytes",
    "QGemm",
    [...scaled("u8[N,4]"), bytes("uint8", 1, 5, 4), scale, u8, undefined, scale, u8],
    { transB: 1 },
    microsoft,
  ),
  op("to float", "QGemm", [...scaled("u8[N,4]"), bytes("uint8", 1, 4, 5), scale, u8], {}, microsoft),
  op("to float", "MatMulIntegerToFloat", ["u8[N,4]", bytes("uint8", 1, 4, 5), scale, scale, u8, u8], {}, microsoft),
  op("of float", "DynamicQuantizeMatMul", ["f32[N,4]", bytes("uint8", 1, 4, 5), scale, u8], {}, microsoft),
  op(
    "of four bits",
    "MatMulNBits",
    ["f32[N,32]", bytes("uint8", 1, 8, 1, 16), floats(1, 1, 1, 1, 1, 1, 1, 1)],
    { K: 32, N: 8, bits: 4, block_size: 32 },
    microsoft,
  ),
  op("the right one transposed", "FusedMatMul", ["f32[N,L,4]", "f32[5,4]"], { transB: 1 }, microsoft),
  op("with an activation", "FusedGemm", ["f32[N,4]", "f32[4,5]", "f32[5]"], { activation: "Relu" }, microsoft),
  op("with an activation", "FusedConv", ["f32[N,3,H,W]", "f32[8,3,3,3]", "f32[8]"], { activation: "Relu" }, microsoft),
  op(
    "of queries, keys and values together",
    "Attention",
    ["f32[N,L,8]", "f32[8,24]", "f32[24]"],
    { num_heads: 2 },
    microsoft,
  ),
  op("like its input", "Gelu", ["f32[N,8]"], {}, microsoft),
  op("like its input", "FastGelu", ["f32[N,8]", "f32[8]"], {}, microsoft),
  op("like its input", "QuickGelu", ["f32[N,8]"], {}, microsoft),
  op("like its input", "BiasGelu", ["f32[N,8]", "f32[8]"], {}, microsoft),
  op("after a sum", "SkipLayerNormalization", ["f32[N,L,8]", "f32[N,L,8]", "f32[8]"], {}, microsoft),
  op("after a sum", "SkipSimplifiedLayerNormalization", ["f32[N,L,8]", "f32[N,L,8]", "f32[8]"], {}, microsoft),
  op(
    "a scale of two for three channels is not refused along another axis",
    "DequantizeLinear",
    ["i8[2,3]", floats(1, 2)],
    { axis: 0 },
  ),
  op("to a list", "Reshape", [image, ints(-1)]),
  op("each channel", "QuantizeLinear", ["f32[N,2,4]", floats(1, 2), bytes("int8", 0, 2)], { axis: 1 }, microsoft),
  op("of one scale", "DequantizeLinear", [image, scale, u8], {}, microsoft),
  op("with zeros around", "QLinearConv", [...scaled(image), ...filters, scale, u8], { pads: [1, 1, 1, 1] }, microsoft),
  op(
    "channels last",
    "QLinearConv",
    [...scaled("u8[N,H,W,3]"), ...filters, scale, u8],
    { channels_last: 1 },
    microsoft,
  ),
  op(
    "channels last",
    "QLinearAveragePool",
    [...scaled("u8[N,H,W,3]"), scale, u8],
    { kernel_shape: [2, 2], channels_last: 1 },
    microsoft,
  ),
  op("the left one transposed", "TransposeMatMul", ["f32[N,4,L]", "f32[4,5]"], { transA: 1 }, microsoft),
  op(
    "of bytes",
    "QAttention",
    ["u8[N,L,8]", bytes("uint8", 1, 8, 24), "f32[24]", scale, scale, undefined, u8, u8],
    { num_heads: 2 },
    microsoft,
  ),
  op("turns pairs", "RotaryEmbedding", ["f32[N,2,L,4]", "i64[N,L]", "f32[16,2]", "f32[16,2]"], {}, microsoft),
  op("the lower triangle", "Trilu", ["f32[N,4,4]"], { upper: 0 }, microsoft),
];
