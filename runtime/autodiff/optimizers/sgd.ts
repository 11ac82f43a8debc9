import { Memory, pairs, type Optimizer, type Tensors } from "./optimizer.ts";

/** How SGD moves. */
export interface SgdOptions {
  /** Share of the last step that stays in the next one. */
  readonly momentum?: number;
  /** Share of a parameter that is added to its gradient. */
  readonly weightDecay?: number;
  /** Looks ahead along the momentum, of which there must be some. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent as torch.optim.SGD does it. @throws {RangeError} for nesterov without a momentum. */
export class Sgd implements Optimizer {
  readonly #options: Required<SgdOptions>;
  readonly #memory = new Memory();

  constructor({ momentum = 0, weightDecay = 0, nesterov = false }: SgdOptions = {}) {
    if (nesterov && momentum <= 0) throw new RangeError(`nesterov looks ahead along a momentum: ${momentum} is none`);
    this.#options = { momentum, weightDecay, nesterov };
  }

  update(parameters: Tensors, gradients: Tensors, rate: number): void {
    const { momentum, weightDecay } = this.#options;
    for (const [name, parameter, gradient] of pairs(parameters, gradients)) {
      if (momentum !== 0) this.#roll(name, parameter, gradient, rate);
      else
        for (let index = 0; index < parameter.length; index++)
          parameter[index]! -= rate * (gradient[index]! + weightDecay * parameter[index]!);
    }
  }

  #roll(name: string, parameter: Float32Array, gradient: Float32Array, rate: number): void {
    const { momentum, weightDecay, nesterov } = this.#options;
    const [velocity, fresh] = this.#memory.of(name, parameter.length);
    const [kept, ahead] = [fresh ? 0 : momentum, nesterov ? 1 : 0];
    // Along momentum * velocity + gradient with nesterov, along the velocity itself without.
    const along = nesterov ? momentum : 1;
    for (let index = 0; index < parameter.length; index++) {
      const slope = gradient[index]! + weightDecay * parameter[index]!;
      const moving = kept * velocity[index]! + slope;
      velocity[index] = moving;
      parameter[index]! -= rate * (along * moving + ahead * slope);
    }
  }
}
