import { apply, type Value } from "../../graph/expression.ts";
import type { Model, Output } from "../../graph/graph.ts";

/** What is observed of a value: all its elements, or their least and their greatest. */
export type Observed = "elements" | "lowest" | "highest";

const reductions = {
  elements: (value: Value): Value => value,
  lowest: (value: Value): Value => apply("ReduceMin", [value], { keepdims: 0 }),
  highest: (value: Value): Value => apply("ReduceMax", [value], { keepdims: 0 }),
} as const satisfies Readonly<Record<Observed, (value: Value) => Value>>;

/** The model that gives back what is observed of values, value by value, and computes nothing else. */
export function observing(model: Model, values: readonly Value[], observed: readonly Observed[]): Model {
  const outputs = values.flatMap((value, place) =>
    observed.map((what): Output => ({ name: `${what} ${place}`, value: reductions[what](value) })),
  );
  return { ...model, graph: { ...model.graph, outputs } };
}
