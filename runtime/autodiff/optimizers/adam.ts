import { Memory, pairs, type Optimizer, type Tensors } from "./optimizer.ts";

/** How Adam moves. */
export interface AdamOptions {
  /** Shares of the means of gradients and of their squares that stay. */
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  /** Adam: share of a parameter that is added to its gradient. AdamW: share of it, times the rate, that goes. */
  readonly weightDecay?: number;
}

/** Adam as torch.optim.Adam does it. Source: https://arxiv.org/abs/1412.6980. */
export class Adam implements Optimizer {
  readonly #options: Required<AdamOptions>;
  readonly #decoupled: boolean;
  readonly #means = new Memory();
  readonly #squares = new Memory();
  /** How often each parameter has moved. */
  readonly #steps = new Map<string, number>();

  constructor(options: AdamOptions = {}, decoupled = false) {
    const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    this.#options = { betas, epsilon, weightDecay };
    this.#decoupled = decoupled;
  }

  update(parameters: Tensors, gradients: Tensors, rate: number): void {
    for (const [name, parameter, gradient] of pairs(parameters, gradients)) {
      const step = (this.#steps.get(name) ?? 0) + 1;
      this.#steps.set(name, step);
      const moments = {
        means: this.#means.of(name, parameter.length)[0],
        squares: this.#squares.of(name, parameter.length)[0],
      };
      this.#move(parameter, gradient, moments, step, rate);
    }
  }

  #move(
    parameter: Float32Array,
    gradient: Float32Array,
    { means, squares }: { readonly means: Float32Array; readonly squares: Float32Array },
    step: number,
    rate: number,
  ): void {
    const { betas, epsilon, weightDecay } = this.#options;
    const [first, second] = betas;
    const stride = rate / (1 - first ** step);
    const rooted = 1 / Math.sqrt(1 - second ** step);
    const [added, left] = this.#decoupled ? [0, 1 - rate * weightDecay] : [weightDecay, 1];
    for (let index = 0; index < parameter.length; index++) {
      const value = left * parameter[index]!;
      const slope = gradient[index]! + added * value;
      const mean = first * means[index]! + (1 - first) * slope;
      const square = second * squares[index]! + (1 - second) * slope * slope;
      means[index] = mean;
      squares[index] = square;
      parameter[index] = value - (stride * mean) / (Math.sqrt(square) * rooted + epsilon);
    }
  }
}

/** Adam whose weight decay does not pass through the moments, as torch.optim.AdamW. Source: https://arxiv.org/abs/1711.05101. */
export class AdamW extends Adam {
  constructor({ weightDecay = 0.01, ...options }: AdamOptions = {}) {
    super({ ...options, weightDecay }, true);
  }
}
