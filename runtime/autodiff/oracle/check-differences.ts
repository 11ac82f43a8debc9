import { expect, test } from "@jest/globals";
import { input, type Input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model, type Output } from "../../graph/graph.ts";
import { number } from "../../graph/literals.ts";
import { add, multiply, reduce } from "../../graph/operators.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import type { Dim } from "../../graph/type.ts";
import { gradients } from "../gradients.ts";
import { evaluator, type Fed } from "./evaluate.ts";

/** An input of a function, where it is differentiated. */
export interface Point extends Fed {
  /** The shape that the model declares; that of the point when left out. */
  readonly declared?: readonly Dim[];
}

/** A function that no other library differentiates as ONNX has it, at a point where it is smooth. */
export interface Slope {
  readonly name: string;
  readonly at: Readonly<Record<string, Point>>;
  /** The function as graph code; its parameters are the inputs, in their order. */
  readonly of: (...inputs: Input[]) => Value;
  readonly opset?: number;
  /** ONNX Runtime has no float64 kernel for it on the CPU; it is linear, so that float32 and a long step are exact. */
  readonly linear?: boolean;
}

/** One test for each function: its gradients against central differences through ONNX Runtime, element by element. */
export function checkDifferences(slopes: readonly Slope[]): void {
  test.each(slopes)("$name: as central differences", async ({ at, of, opset = 18, linear = false }) => {
    const [type, step, bound] = linear ? (["float32", 0.5, 1e-4] as const) : (["float64", 1e-5, 1e-6] as const);
    const inputs = Object.entries(at).map(([name, { dims, declared }]) => input(name, type, declared ?? dims));
    const modelWith = (outputs: readonly Output[]): Model =>
      modelOf({ name: "slope", inputs, outputs }, { opset, irVersion: 8, producer: "facefleet" });
    // Of squares, so that every element of the function sends back another gradient.
    const shifted = add(of(...inputs), number(type, 0.75));
    const y: Output = { name: "y", value: reduce("Sum", multiply(shifted, shifted), { opset, keep: false }), type };
    const found = gradients({ of: y.value, wrt: inputs, types: inferTypes(modelWith([y])), opset });
    const derived = inputs.map((given) => ({ name: `d ${given.name}`, value: found.get(given)!, type }));
    const model = await evaluator(modelWith([y, ...derived]), type);
    const results = await model.run(at);
    for (const [name, { dims, values }] of Object.entries(at))
      for (const index of values.keys()) {
        const moved = async (by: number): Promise<number> =>
          (await model.run({ ...at, [name]: { dims, values: values.with(index, values[index]! + by) } })).y![0]!;
        const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
        const ours = results[`d ${name}`]![index]!;
        expect(Math.abs(ours - difference)).toBeLessThan(bound * (1 + Math.abs(difference)));
      }
  });
}
