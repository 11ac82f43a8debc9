import { bytes, ints, floats, number, op, type Case } from "./case.ts";

const image = "f32[N,3,H,W]";

/** Operators that leave shape and type as they are, with the opset they appeared in. */
const unary: readonly (readonly [string, number])[] = [
  ...["Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp"],
  ...["Floor", "HardSigmoid", "Identity", "LeakyRelu", "Log", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Shrink"],
  ...["Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh", "ThresholdedRelu"],
].map((name) => [name, 13] as const);
const later = [
  ["HardSwish", 14],
  ["Mish", 18],
  ["Gelu", 20],
] as const;

const arithmetic = ["Add", "Sub", "Mul", "Div", "Pow"];
const comparisons = ["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"];

export const elementwiseCases: readonly Case[] = [
  ...[...unary, ...later].map(([name, opset]) => op("leaves shape and type", name, [image], {}, { opset })),
  op("leaves shape and type", "Swish", [image], {}, { opset: 24 }),
  op("leaves bits of integers", "BitwiseNot", ["i32[N,4]"], {}, { opset: 18 }),
  ...arithmetic.map((name) => op("broadcasts", name, [image, "f32[3,1,1]"])),
  ...comparisons.map((name) => op("broadcasts to bool", name, ["f32[N,1,4]", "f32[5,1]"], {}, { opset: 16 })),
  ...["And", "Or", "Xor"].map((name) => op("broadcasts", name, ["bool[N,4]", "bool[4]"])),
  ...["BitwiseAnd", "BitwiseOr", "BitwiseXor"].map((name) =>
    op("broadcasts", name, ["i32[N,4]", "i32[1]"], {}, { opset: 18 }),
  ),
  ...["Max", "Min", "Sum", "Mean"].map((name) =>
    op("broadcasts any number", name, ["f32[N,4]", "f32[4]", "f32[3,1,1]"]),
  ),
  ...[13, 11].map((opset) => op(`opset ${opset}`, "Add", [image, image], {}, { opset })),
  op("a scalar with a tensor", "Mul", [image, number(2)]),
  op("a name with a number above 1", "Add", ["f32[N,4]", "f32[3,4]"], {}, { notRun: "N is 3 here" }),
  op("two names", "Add", ["f32[N,4]", "f32[M,4]"], {}, { notRun: "N is M here" }),
  op("the same name", "Add", ["f32[N,H]", "f32[N,1]"]),
  op("nothing with a number", "Add", ["f32[0,4]", "f32[1,4]"]),
  op("of another type of power", "Pow", ["f32[N,3]", "i64[3]"]),
  op("remainders of integers", "Mod", ["i64[N,3]", ints(2)]),
  op("shifts", "BitShift", ["u8[N,3]", bytes("uint8", 1, 1)], { direction: "LEFT" }),
  op("a slope for each channel", "PRelu", [image, "f32[3,1,1]"]),
  op("bounds that are inputs", "Clip", [image, number(0), number(1)]),
  op("opset 11", "Clip", [image, undefined, number(1)], {}, { opset: 11 }),
  op("gives bool", "Not", ["bool[N,3]"]),
  op("gives bool", "IsNaN", [image]),
  op("gives bool", "IsInf", [image]),
  op("to a type by number", "Cast", [image], { to: 7 }),
  op("to half", "Cast", [image], { to: 10 }),
  op("to bool", "Cast", ["i64[N]"], { to: 9 }),
  op("to the type of the other", "CastLike", [image, "f64[1]"], {}, { opset: 15 }),
  op("the same bits", "BitCast", [image], { to: 6 }, { opset: 26 }),
  op("chooses and broadcasts", "Where", ["bool[N,1]", "f32[4]", "f32[1,1]"]),
  op("the upper triangle", "Trilu", ["f32[N,4,4]"], { upper: 1 }),
  op("nothing left out", "Dropout", [image, floats(), undefined].slice(0, 1)),
  op("what was left out", "Dropout", [image, number(0.5)], {}, { outputs: 2 }),
];
