import { apply, type Value } from "../../graph/expression.ts";
import type { TypedArray } from "../../graph/elements.ts";
import type { Model, Output } from "../../graph/graph.ts";
import type { Numbers } from "../session.ts";

/**
 * What is observed of a value: all its elements; of them the least, the greatest, the least size, and the sum, which is
 * no number where an element is none (ReduceMin and ReduceMax pass over some of those).
 */
export type Observed = "elements" | "lowest" | "highest" | "leastSize" | "sum";

const reductions = {
  elements: (value: Value): Value => value,
  lowest: (value: Value): Value => apply("ReduceMin", [value], { keepdims: 0 }),
  highest: (value: Value): Value => apply("ReduceMax", [value], { keepdims: 0 }),
  sum: (value: Value): Value => apply("ReduceSum", [value], { keepdims: 0 }),
  leastSize: (value: Value): Value => apply("ReduceMin", [apply("Abs", [value])], { keepdims: 0 }),
} as const satisfies Readonly<Record<Observed, (value: Value) => Value>>;

/** The model that gives back what is observed of values, value by value, and computes nothing else. */
export function observing(model: Model, values: readonly Value[], observed: readonly Observed[]): Model {
  const outputs = values.flatMap((value, place) =>
    observed.map((what): Output => ({ name: `${what} ${place}`, value: reductions[what](value) })),
  );
  return { ...model, graph: { ...model.graph, outputs } };
}

/** What was observed of one value in one run; what was not asked for is missing. */
export type Observation = Readonly<Partial<Record<Observed, TypedArray>>>;

/** What the outputs of an observing model say of each value, in the order of the values. */
export function observationsIn(outputs: readonly Numbers[], observed: readonly Observed[]): readonly Observation[] {
  return Array.from({ length: outputs.length / observed.length }, (_, place) =>
    Object.fromEntries(observed.map((what, i) => [what, outputs[place * observed.length + i]!.data])),
  );
}
