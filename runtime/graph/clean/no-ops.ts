import { intOf, intsOf } from "../attributes.ts";
import { elements } from "../elements.ts";
import { apply, type Application, type Value } from "../expression.ts";
import type { Rule, Site } from "./rule.ts";

/** What an application passes on unchanged is its first input. */
const passesOn =
  (isNoOp: (made: Application, site: Site) => boolean): Rule["apply"] =>
  (made, site) => {
    const [input] = made.inputs;
    return input !== undefined && isNoOp(made, site) ? [input] : undefined;
  };

/** Whether a value is known to hold nothing but this number; -0 is not 0. */
function isAll(value: Value | undefined, number: number, { types }: Site): boolean {
  const values = value === undefined ? undefined : types.valuesOf(value);
  return values !== undefined && values.length > 0 && values.every((element) => Object.is(element, number));
}

/** Whether an application gives its first input's type and shape; sizes without numbers count when they are equal. */
function keepsShape({ was, types }: Site): boolean {
  const [before, after] = [was.inputs[0], was.results[0]].map((value) => value && types.of(value));
  return (
    before?.dims !== undefined &&
    before.type === after?.type &&
    before.dims.length === after.dims?.length &&
    before.dims.every((size, axis) => size === after.dims?.[axis])
  );
}

/** Dropout does nothing but in training, which older versions marked in other ways. */
function isInference(made: Application, site: Site): boolean {
  if (site.isUsed(1)) return false;
  if (site.opset < 7) return intOf(made, "is_test", 0) !== 0;
  return made.inputs[2] === undefined || isAll(site.was.inputs[2], 0, site);
}

/** Two transpositions are one, or none. */
function mergeTransposes(made: Application): readonly Value[] | undefined {
  const [input] = made.inputs;
  const perm = intsOf(made, "perm");
  if (input === undefined || perm === undefined) return undefined;
  if (perm.every((axis, index) => axis === index)) return [input];
  const inner = input.kind === "Result" && input.application.opType === "Transpose" ? input.application : undefined;
  const innerPerm = inner?.domain === "" ? intsOf(inner, "perm") : undefined;
  const [origin] = inner?.inputs ?? [];
  if (innerPerm === undefined || origin === undefined) return undefined;
  const composed = perm.map((axis) => innerPerm[axis] ?? axis);
  return composed.every((axis, index) => axis === index)
    ? [origin]
    : [apply("Transpose", [origin], { perm: composed })];
}

const producer = (value: Value | undefined): Application | undefined =>
  value?.kind === "Result" && value.application.domain === "" ? value.application : undefined;

/** Operators that give nothing but what they are given. What they compute, to the last bit, stays. */
export const noOps: readonly Rule[] = [
  { operators: ["Identity"], apply: passesOn(() => true) },
  { operators: ["Dropout"], apply: passesOn(isInference) },
  { operators: ["Transpose"], apply: mergeTransposes },
  {
    operators: ["Cast"],
    apply: passesOn((made, { was, types }) => {
      const type = was.inputs[0] && types.of(was.inputs[0])?.type;
      return type !== undefined && elements[type].code === intOf(made, "to");
    }),
  },
  {
    operators: ["CastLike"],
    apply: passesOn((_, { was: { inputs }, types }) => {
      const [type, like] = [inputs[0], inputs[1]].map((value) => value && types.of(value)?.type);
      return type !== undefined && type === like;
    }),
  },
  {
    operators: ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile"],
    apply: passesOn((_, site) => keepsShape(site)),
  },
  {
    operators: ["Concat", "Sum", "Max", "Min", "Mean"],
    apply: passesOn(({ inputs }) => inputs.length === 1),
  },
  { operators: ["Pad"], apply: passesOn((_, site) => isAll(site.was.inputs[1], 0, site)) },
  { operators: ["Mul", "Div"], apply: passesOn((_, site) => keepsShape(site) && isAll(site.was.inputs[1], 1, site)) },
  { operators: ["Sub"], apply: passesOn((_, site) => keepsShape(site) && isAll(site.was.inputs[1], 0, site)) },
  {
    operators: ["Relu", "Abs", "Floor", "Ceil", "Round", "Sign"],
    apply: passesOn(({ opType, inputs }) => producer(inputs[0])?.opType === opType),
  },
  {
    operators: ["Neg", "Not"],
    apply: ({ opType, inputs }) => {
      const inner = producer(inputs[0]);
      return inner?.opType === opType ? inner.inputs : undefined;
    },
  },
];
