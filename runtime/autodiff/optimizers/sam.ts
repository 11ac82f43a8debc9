import { pairs, type Optimizer, type Tensors } from "./optimizer.ts";

/**
 * Sharpness-aware minimization in two passes: from the gradient at the parameters it climbs to the worst point within
 * `rho`, and with the gradient there it moves the parameters from where they were.
 * Source: https://arxiv.org/abs/2010.01412, algorithm 1; SAR, https://arxiv.org/abs/2302.12400, uses rho = .05.
 */
export class Sam {
  readonly #optimizer: Optimizer;
  readonly #rho: number;
  readonly #before = new Map<string, Float32Array>();

  constructor(optimizer: Optimizer, { rho = 0.05 }: { readonly rho?: number } = {}) {
    this.#optimizer = optimizer;
    this.#rho = rho;
  }

  /** The first pass: parameters move up along their gradients, all together by `rho`, from where the last step left them. */
  climb(parameters: Tensors, gradients: Tensors): void {
    this.giveUp(parameters);
    const up = this.#rho / (lengthOf(parameters, gradients) + 1e-12);
    for (const [name, parameter, gradient] of pairs(parameters, gradients)) {
      this.#before.set(name, parameter.slice());
      for (let index = 0; index < parameter.length; index++) parameter[index]! += up * gradient[index]!;
    }
  }

  /** The second pass: with the gradients up there, one step from where the first pass began. */
  update(parameters: Tensors, gradients: Tensors, rate: number): void {
    this.giveUp(parameters);
    this.#optimizer.update(parameters, gradients, rate);
  }

  /** Goes back to where the first pass began, as when no sample is left for the second. */
  giveUp(parameters: Tensors): void {
    for (const [name, before] of this.#before) parameters.get(name)?.set(before);
    this.#before.clear();
  }
}

/** The Euclidean length of all gradients as one vector. */
function lengthOf(parameters: Tensors, gradients: Tensors): number {
  let sum = 0;
  for (const [, , gradient] of pairs(parameters, gradients)) for (const value of gradient) sum += value * value;
  return Math.sqrt(sum);
}
