import { elements } from "../elements.ts";
import type { Application, Value } from "../expression.ts";
import type { Graph } from "../graph.ts";
import type { Types } from "../shapes/infer.ts";
import { sizeOf } from "../tensor.ts";
import { applicationsOf, operandsOf } from "../topology.ts";

/** What folding may take, in bytes. */
export interface FoldLimits {
  /** Most bytes of one result, also of those in between; 64 MiB when not given. What is larger stays an operator. */
  readonly limit?: number;
  /** Most bytes of all results together; 16 MiB and eight times the model's constants when not given. */
  readonly total?: number;
}

const defaultLimit = 2 ** 26;
const defaultTotal = 2 ** 24;
const timesConstants = 8;

/** A result of more bytes than this is at most so many times larger than what it is made of. */
const smallResult = 2 ** 20;
const growth = 8;

/** Operators that do more than look at each element: their work, and what some of them hold meanwhile, is a product. */
const multiplying: ReadonlySet<string> = new Set([
  ...["MatMul", "MatMulInteger", "QLinearMatMul", "Gemm", "Einsum", "Attention"],
  ...["Conv", "ConvInteger", "QLinearConv", "ConvTranspose", "DeformConv"],
  ...["AveragePool", "MaxPool", "LpPool", "DFT", "STFT", "RNN", "GRU", "LSTM"],
]);

/** Most elements of such a result times those of its largest operand: about a second of one core, and 1 GiB. */
const mostWork = 2 ** 28;

/** What folding has left to spend: a file of a kilobyte can ask for gigabytes, and for hours. */
export class Budget {
  readonly #types: Types;
  readonly #limit: number;
  #left: number;

  constructor(graph: Graph, types: Types, { limit = defaultLimit, total }: FoldLimits) {
    this.#types = types;
    this.#limit = limit;
    this.#left = total ?? defaultTotal + timesConstants * this.#constantsOf(graph);
  }

  /** Whether an application of constants may be computed; if so, its results are spent. */
  allows(made: Application): boolean {
    const results = made.results.filter((result) => result !== undefined);
    const sizes = results.map((result) => this.#bytesOf(result));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    // Sizes beyond all numbers are Infinity or NaN: only what is known to fit does.
    if (!(Math.max(...sizes) <= this.#limit && bytes <= this.#left)) return false;
    const operands = made.inputs.filter((value) => value !== undefined);
    const given = operands.reduce((sum, operand) => sum + this.#bytesOf(operand), 0);
    if (bytes > smallResult && bytes > growth * given) return false;
    const work = multiplying.has(made.opType) ? this.#largest(results) * this.#largest(operands) : 0;
    if (!(work <= mostWork)) return false;
    this.#left -= bytes;
    return true;
  }

  #constantsOf(graph: Graph): number {
    const read = new Set(applicationsOf(graph).flatMap(operandsOf));
    let bytes = 0;
    for (const value of read) if (value.kind === "Constant") bytes += this.#bytesOf(value);
    return bytes;
  }

  #largest(values: readonly Value[]): number {
    return Math.max(0, ...values.map((value) => this.#elementsOf(value)));
  }

  /** Infinity where the size is not known. */
  #elementsOf(value: Value): number {
    const dims = this.#types.of(value)?.dims;
    const known = dims?.filter((size) => typeof size === "number");
    return known === undefined || known.length !== dims?.length ? Infinity : sizeOf(known);
  }

  /** Infinity where the size is not known. */
  #bytesOf(value: Value): number {
    const type = this.#types.of(value)?.type;
    if (type === undefined) return Infinity;
    const { array, perSlot } = elements[type];
    return Math.ceil(this.#elementsOf(value) / perSlot) * array.BYTES_PER_ELEMENT;
  }
}
