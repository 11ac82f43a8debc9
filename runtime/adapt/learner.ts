import type { Optimizer, Tensors } from "../autodiff/optimizers/optimizer.ts";
import type { DataOf, Evaluator } from "./evaluator.ts";
import type { Step } from "./step.ts";

/** What a pass over a step gave. */
export interface Pass {
  readonly loss: number;
  readonly gradients: Tensors;
  /** The outputs asked for. */
  readonly outputs: Readonly<Record<string, Float32Array>>;
}

/** Parameters that are learned by a step: runs it with them, and moves them. */
export class Learner {
  /** The parameters as they are now; moved in place. */
  readonly parameters: Tensors;
  readonly step: Step;
  readonly #evaluator: Evaluator;
  readonly #inputs: DataOf;

  /** @param evaluator of the step's model; closed by who opened it */
  constructor(step: Step, evaluator: Evaluator) {
    this.step = step;
    this.#evaluator = evaluator;
    this.parameters = new Map(step.parameters.map(({ name, values }) => [name, values.slice()]));
    this.#inputs = Object.fromEntries(
      step.parameters.map(({ name, dims }) => [name, { dims, values: this.parameters.get(name)! }]),
    );
  }

  /** Runs the model forward alone. */
  forward(inputs: DataOf, outputs: readonly string[]): Promise<Readonly<Record<string, Float32Array>>> {
    return this.#evaluator.run({ ...inputs, ...this.#inputs }, outputs);
  }

  /** Forward and backward. */
  async pass(inputs: DataOf, outputs: readonly string[] = []): Promise<Pass> {
    const { loss, gradients } = this.step;
    const wanted = [loss, ...outputs, ...gradients.values()];
    const found = await this.#evaluator.run({ ...inputs, ...this.#inputs }, wanted);
    return {
      loss: found[loss]![0]!,
      gradients: new Map([...gradients].map(([name, output]) => [name, found[output]!])),
      outputs: found,
    };
  }

  /** Moves the parameters along gradients. */
  move(optimizer: Optimizer, gradients: Tensors, rate: number): void {
    optimizer.update(this.parameters, gradients, rate);
  }

  /** Puts the parameters back to what the model had. */
  reset(): void {
    for (const { name, values } of this.step.parameters) this.parameters.get(name)!.set(values);
  }
}
