import { floatOf, intOf, intsOf, stringOf } from "../graph/attributes.ts";
import type { ElementType } from "../graph/elements.ts";
import type { Application, Constant, Result, Value } from "../graph/expression.ts";
import { integers, number } from "../graph/literals.ts";
import {
  cast,
  expand,
  gather,
  reduce,
  reshape,
  shapeOf,
  squeeze,
  unsqueeze,
  type Reduction,
} from "../graph/operators.ts";
import type { Dim } from "../graph/type.ts";
import { GradientError } from "./gradient-error.ts";
import type { Types } from "../graph/shapes/infer.ts";

/** What is known where a rule is applied. */
export interface Surroundings {
  readonly application: Application;
  /** Gradients of its outputs; undefined where none came back. */
  readonly dys: readonly (Value | undefined)[];
  readonly types: Types;
  /** Version of the default operator set that the gradient is written in. */
  readonly opset: number;
  /** A value asked for that leads through here; for messages. */
  readonly wanted: Value;
}

/**
 * An application as its rule sees it: gradients that came back, attributes, shapes. Its functions do not need `this`.
 * Sizes that are known are numbers in the gradient graph; where one is not, the graph computes it.
 */
export class Site {
  readonly application: Application;
  readonly dys: readonly (Value | undefined)[];
  readonly opset: number;
  readonly #types: Types;
  readonly #wanted: Value;

  constructor({ application, dys, types, opset, wanted }: Surroundings) {
    this.application = application;
    this.dys = dys;
    this.opset = opset;
    this.#types = types;
    this.#wanted = wanted;
  }

  /** The first output. */
  get y(): Result {
    return this.application.results[0]!;
  }

  /** The gradient of the first output. */
  get dy(): Value {
    return this.dys[0]!;
  }

  int = (name: string, fallback: number): number => intOf(this.application, name, fallback);
  float = (name: string, fallback: number): number => floatOf(this.application, name, fallback);
  string = (name: string, fallback: string): string => stringOf(this.application, name, fallback);
  ints = (name: string): readonly number[] | undefined => intsOf(this.application, name);

  /** The element type of a value of the original graph. */
  typeOf = (value: Value): ElementType => this.#types.of(value)?.type ?? this.fail("the type of a value is not known");

  /** Whether a value has a gradient at all: false for integers and truth values. */
  isSmooth = (value: Value): boolean => {
    const type = this.#types.of(value)?.type;
    return type === undefined || type.includes("float");
  };

  /** The shape of a value of the original graph. @throws {GradientError} if its rank is not known. */
  dimsOf = (value: Value): readonly Dim[] =>
    this.#types.of(value)?.dims ?? this.fail("the rank of a value is not known: infer shapes, or declare them");

  rankOf = (value: Value): number => this.dimsOf(value).length;

  /** The shape of a value from this axis on, all sizes known. @throws {GradientError} */
  sizesOf = (value: Value, from = 0): readonly number[] =>
    this.dimsOf(value)
      .slice(from)
      .map((dim) =>
        typeof dim === "number" ? dim : this.fail(`a size that is only known when the graph runs (${dim})`),
      );

  /** Integers that are known before the graph runs. @throws {GradientError} naming `what`. */
  integersOf = (value: Value, what: string): readonly number[] => {
    const known = this.#types.valuesOf(value);
    return known?.every((element) => typeof element === "number")
      ? known
      : this.fail(`its ${what} are only known when the graph runs`);
  };

  /** The elements of a small value that are known before the graph runs: numbers, and sizes by name. */
  valuesOf = (value: Value): readonly (Dim | undefined)[] | undefined => this.#types.valuesOf(value);

  /** A constant of the element type of the first output. */
  number = (value: number): Constant => number(this.typeOf(this.y), value);

  /** Zero, of the element type of a value. */
  zeroOf = (value: Value): Constant => number(this.typeOf(value), 0);

  /** An axis counted from the front, from one that may be counted from the back. */
  axis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

  /** The shape of a value as a value: a constant where every size is known. */
  shapeOf = (value: Value): Value => {
    const dims = this.#types.of(value)?.dims;
    return dims?.every((dim) => typeof dim === "number") ? integers(dims) : shapeOf(value);
  };

  /** The elements of `x` in the shape of `like`; -1 stands for a size that is not known, if it is the only one. */
  reshapeLike = (x: Value, like: Value): Value => {
    const dims = this.#types.of(like)?.dims;
    const unknown = dims?.filter((dim) => typeof dim !== "number").length;
    return dims === undefined || unknown! > 1 || dims.includes(0)
      ? reshape(x, this.shapeOf(like))
      : reshape(
          x,
          dims.map((dim) => (typeof dim === "number" ? dim : -1)),
        );
  };

  /** `x` repeated to the shape of `like`. */
  expandLike = (x: Value, like: Value): Value => expand(x, this.shapeOf(like));

  reduce = (how: Reduction, x: Value, axes: readonly number[], keep = true): Value =>
    axes.length === 0 ? x : reduce(how, x, { axes, keep, opset: this.opset });

  sum = (x: Value, axes: readonly number[], keep = true): Value => this.reduce("Sum", x, axes, keep);

  mean = (x: Value, axes: readonly number[], keep = true): Value => this.reduce("Mean", x, axes, keep);

  unsqueeze = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : unsqueeze(x, axes, this.opset));

  squeeze = (x: Value, axes: readonly number[]): Value => (axes.length === 0 ? x : squeeze(x, axes, this.opset));

  /** How many elements of a value lie along these axes, as a number of the output's type. */
  countOf = (value: Value, axes: readonly number[]): Value => {
    const sizes = axes.map((axis) => this.dimsOf(value)[axis]!);
    if (sizes.every((size) => typeof size === "number"))
      return this.number(sizes.reduce((product, size) => product * size, 1));
    const counts = reduce("Prod", gather(shapeOf(value), integers(axes), 0), { opset: this.opset });
    return cast(counts, this.typeOf(this.y));
  };

  /** A vector along the channels (axis 1) of `x`, so that it broadcasts against `x`. */
  perChannel = (vector: Value, x: Value): Value => reshape(vector, [-1, ...this.spatialAxes(x).map(() => 1)]);

  /** The axes of an image batch [N, C, ...] after the channels. */
  spatialAxes = (x: Value): readonly number[] => Array.from({ length: this.rankOf(x) - 2 }, (_, index) => index + 2);

  /** @throws {GradientError} always: what is missing, at this node. */
  fail = (problem: string): never => {
    throw new GradientError(problem, this.application, this.#wanted);
  };
}
