/** An output of a network: its dimensions and its numbers in row-major order. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of an output do not have the form that its decoder reads; `decoder` and `problem` say what is wrong. */
export class UnreadableOutput extends Error {
  override readonly name = "UnreadableOutput";
  readonly decoder: string;

  constructor(decoder: string, problem: string) {
    super(`decoder ${decoder} cannot read this output: ${problem}`);
    this.decoder = decoder;
  }
}

/** 1 / (1 + exp(-x)), from 0 to 1. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
