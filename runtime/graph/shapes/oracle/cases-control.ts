import { apply, input, type Body, type Value } from "../../expression.ts";
import { chain, flag, given, int, ints, op, result, results, type Case } from "./case.ts";

const outer = (value: Value): Value => ({ kind: "Outer", value });
const body = (attribute: string, inputs: readonly Value[], ...outputs: readonly Value[]): Body => ({
  attribute,
  graph: {
    name: attribute,
    inputs: inputs.filter((value) => value.kind === "Input"),
    outputs: outputs.map((value, place) => ({ name: `${attribute}${place}`, value })),
  },
});

const x = given("f32[N,4]");
const branches = (...both: readonly [Value, Value]): readonly Body[] => [
  body("then_branch", [], both[0]),
  body("else_branch", [], both[1]),
];
const joined = apply("Concat", [outer(x), outer(x)], { axis: 1 });
const positive = result("Greater", [result("ReduceSum", [x], { keepdims: 0 }), given("f32[]")]);

/** A body that counts, carries a state, and gives something each round. */
function rounds(state: Value, next: Value, ...each: readonly Value[]): Body {
  const [round, condition] = [input("round", "int64", []), input("condition", "bool", [])];
  return body("body", [round, condition, state], apply("Identity", [condition]), next, ...each);
}
const state = input("state", "float32", ["N", 4]);
const scanned = input("each", "float32", [4]);
const sum = input("sum", "float32", [4]);
const added = apply("Add", [sum, scanned]);

const shape = result("Shape", [x]);
/** The first of what cannot be computed, in a branch that is not taken. */
const unless = (impossible: Value): Value => {
  const first = (list: Value): Value => apply("Gather", [list, int(0)]);
  return result("If", ["bool[]"], {}, { bodies: branches(first(outer(shape)), first(impossible)) });
};

export const controlCases: readonly Case[] = [
  chain(
    "If: branches of one shape",
    results("If", [positive], {}, { bodies: branches(apply("Relu", [outer(x)]), apply("Neg", [outer(x)])) }),
  ),
  chain(
    "If: branches of two shapes",
    results("If", [positive], {}, { bodies: branches(apply("Relu", [outer(x)]), joined) }),
  ),
  chain(
    "If: a branch that is never taken",
    results("If", [flag(true)], {}, { bodies: branches(apply("Relu", [outer(x)]), joined) }),
  ),
  ...(
    [
      ["an index out of range", apply("Gather", [outer(shape), ints(3)])],
      ["a range of no step", apply("Range", [int(0), int(1), int(0)])],
      ["pads that take too much", apply("Pad", [ints(1, 2), ints(-3, 0)])],
    ] as const
  ).map(([name, impossible]) =>
    chain(`If: ${name} in a branch that is not taken`, [unless(impossible)], {
      disagrees: "onnx refuses it, and ONNX Runtime does not look",
    }),
  ),
  chain("If: a shape that does not fit in a branch that is not taken", [
    unless(apply("Reshape", [ints(1, 2), ints(4)])),
  ]),
  chain(
    "Loop: a state that keeps its shape",
    results(
      "Loop",
      [int(3), flag(true), x],
      {},
      { outputs: 2, bodies: [rounds(state, apply("Relu", [state]), apply("Neg", [state]))] },
    ),
  ),
  chain(
    "Loop: a state that grows",
    results("Loop", [int(3), flag(true), x], {}, { bodies: [rounds(input("state", "float32", ["a", "b"]), joined)] }),
  ),
  op(
    "sums along the first axis",
    "Scan",
    ["f32[4]", "f32[L,4]"],
    { num_scan_inputs: 1 },
    {
      ...{ outputs: 2, bodies: [body("body", [sum, scanned], added, apply("Neg", [added]))] },
    },
  ),
];
