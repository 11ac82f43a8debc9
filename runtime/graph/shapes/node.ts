import { intOf, intsOf, nodeName, stringOf } from "../attributes.ts";
import type { ElementType } from "../elements.ts";
import type { Application, Value } from "../expression.ts";
import type { Graph } from "../graph.ts";
import { GraphError } from "../graph-error.ts";
import type { Dim, TensorType } from "../type.ts";
import type { Sizes } from "./sizes.ts";
import { numbersIn, type Values } from "./values.ts";

/** What a rule gives for one output: undefined where nothing is known, or it is no tensor of numbers. */
export type Known = TensorType | undefined;

/** The types of an operator's outputs, in their order; what comes after the last is unknown. @throws {GraphError} */
export type TypeRule = (node: Node) => readonly Known[];

/** What the first output holds, where it is small and known. */
export type ValueRule = (node: Node) => Values | undefined;

/** How an operator's outputs follow from its inputs. */
export interface OperatorRule {
  readonly types: TypeRule;
  readonly values?: ValueRule;
}

/** Rules by operator. */
export type RuleTable = Readonly<Record<string, OperatorRule>>;

/** What is known around a node. */
export interface Surroundings {
  readonly sizes: Sizes;
  /** A name for a size that nothing names. */
  readonly fresh: () => string;
  readonly opsetOf: (domain: string) => number;
  readonly typeOf: (value: Value) => Known;
  readonly contentsOf: (value: Value) => Values | undefined;
  /** How many graphs lie in one another where the node is; 1 in the model's own. */
  readonly depth: number;
  /** The types of a body's outputs when its inputs are of these. */
  readonly infer: (body: Graph, inputs: readonly Known[]) => readonly Known[];
}

/** Tensors of more axes are not followed. */
export const mostAxes = 128;

/** An application as its rule sees it: what is known of its inputs, its attributes, and how to refuse it. */
export class Node {
  readonly application: Application;
  readonly around: Surroundings;

  constructor(application: Application, around: Surroundings) {
    this.application = application;
    this.around = around;
  }

  get sizes(): Sizes {
    return this.around.sizes;
  }

  /** The version of the operator set that the node is written against. */
  get opset(): number {
    return this.around.opsetOf(this.application.domain);
  }

  get inputs(): number {
    return this.application.inputs.length;
  }

  has(input: number): boolean {
    return this.application.inputs[input] !== undefined;
  }

  type(input: number): Known {
    const value = this.application.inputs[input];
    return value === undefined ? undefined : this.around.typeOf(value);
  }

  element(input: number): ElementType | undefined {
    return this.type(input)?.type;
  }

  dims(input: number): readonly Dim[] | undefined {
    return this.type(input)?.dims;
  }

  values(input: number): Values | undefined {
    const value = this.application.inputs[input];
    return value === undefined ? undefined : this.around.contentsOf(value);
  }

  /** What an input holds, if all of it are numbers. */
  numbers(input: number): readonly number[] | undefined {
    return numbersIn(this.values(input));
  }

  int<F = undefined>(name: string, fallback?: F): number | F {
    return intOf(this.application, name, fallback);
  }

  ints<F = undefined>(name: string, fallback?: F): readonly number[] | F {
    return intsOf(this.application, name, fallback);
  }

  text<F = undefined>(name: string, fallback?: F): string | F {
    return stringOf(this.application, name, fallback);
  }

  fresh(): string {
    return this.around.fresh();
  }

  /** A size, or a new name where arithmetic has no form for it. */
  named(size: Dim | undefined): Dim {
    return size ?? this.fresh();
  }

  /** The dims of an input that must have this many axes. */
  ranked(input: number, rank: number | { readonly least: number }): readonly Dim[] | undefined {
    const dims = this.dims(input);
    if (dims === undefined) return undefined;
    const fits = typeof rank === "number" ? dims.length === rank : dims.length >= rank.least;
    if (fits) return dims;
    const wanted = typeof rank === "number" ? String(rank) : `at least ${rank.least}`;
    return this.fail(`${this.describe(input)} has ${dims.length} axes and must have ${wanted}`);
  }

  /** An axis counted from the front. */
  axis(axis: number, rank: number, what = "axis"): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return this.fail(`${what} ${axis} is not among the ${rank} axes of ${this.describe(0)}`);
  }

  /** Axes counted from the front, each once. */
  axes(axes: readonly number[], rank: number): readonly number[] {
    const counted = axes.map((axis) => this.axis(axis, rank));
    if (new Set(counted).size === counted.length) return counted;
    return this.fail(`an axis is named twice in [${axes.join(", ")}]`);
  }

  /** Two sizes that must be equal: what is known of them. */
  same(a: Dim, b: Dim, where: () => string): Dim {
    if (typeof a === "number" && typeof b === "number" && a !== b) this.fail(`${where()}: ${a} is not ${b}`);
    if (typeof a === "number") return a;
    return typeof b === "number" || (a.startsWith("?") && !b.startsWith("?")) ? b : a;
  }

  /** An input as messages call it: its place, its name and its shape. */
  describe(input: number): string {
    const value = this.application.inputs[input];
    const name = value === undefined ? "" : nameOf(value);
    const dims = this.dims(input);
    return `input ${input}${name === "" ? "" : ` "${name}"`}${dims === undefined ? "" : ` ${shapeText(dims)}`}`;
  }

  /** Refuses the node if it is sure to run: a body of another may not be, and what this makes is then not known. */
  failIfRun(problem: string): void {
    if (this.around.depth === 1) this.fail(problem);
  }

  /** Refuses the node. */
  fail(problem: string): never {
    throw new GraphError(`${this.application.opType}: ${problem}`, { node: nodeName(this.application) });
  }
}

/** A shape as messages have it. */
export const shapeText = (dims: readonly Dim[]): string =>
  dims.length > 16 ? `[${dims.slice(0, 16).join(", ")}, ...]` : `[${dims.join(", ")}]`;

/** A tensor of what is known. */
export function tensorOf(type: ElementType | undefined, dims: readonly Dim[] | undefined): Known {
  if (type === undefined) return undefined;
  return { type, dims: dims !== undefined && dims.length > mostAxes ? undefined : dims };
}

function nameOf(value: Value): string {
  switch (value.kind) {
    case "Input":
      return value.name;
    case "Constant":
      return value.tensor.name ?? "";
    case "Result":
      return value.application.names[value.index] ?? "";
    case "Outer":
      return nameOf(value.value);
  }
}
