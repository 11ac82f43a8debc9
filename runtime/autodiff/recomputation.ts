import { apply, application as applied, type Application, type Result, type Value } from "../graph/expression.ts";
import { integers } from "../graph/literals.ts";
import { add, cast, multiply, reshape, shapeOf, slice } from "../graph/operators.ts";
import type { Types } from "../graph/shapes/infer.ts";
import { applicationsOf } from "../graph/topology.ts";

/** Operators that do not give the same again. */
const random: ReadonlySet<string> = new Set([
  ...["Dropout", "Bernoulli", "Multinomial"],
  ...["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"],
]);

/** A part of the computation that is done again, and the gradient that reaches it first. */
interface Segment {
  readonly applications: ReadonlySet<Application>;
  /** Values as they are computed again, by what they were. */
  readonly again: Map<Value, Value>;
  token?: Value;
}

/**
 * What lies between checkpoints, computed again for the backward pass. Each segment starts from the values before it
 * only when a gradient has reached its end: otherwise ONNX Runtime would compute it at once, or see that it had been
 * computed, and keep it. Source: T. Chen et al., Training deep nets with sublinear memory cost (arXiv 1604.06174).
 */
export class Recomputation {
  readonly #types: Types;
  readonly #kept: ReadonlySet<Value>;
  readonly #segments = new Map<Application, Segment>();
  readonly #origins = new Map<Value, Value>();

  /** @param kept values that are at hand anyway: checkpoints and parameters */
  constructor(
    order: readonly Application[],
    checkpoints: readonly Value[],
    parameters: readonly Value[],
    types: Types,
  ) {
    this.#types = types;
    this.#kept = new Set([...checkpoints, ...parameters]);
    const places = new Map(order.map((application, place) => [application, place]));
    const results = checkpoints.filter((value): value is Result => value.kind === "Result");
    const placeOf = ({ application }: Result): number => places.get(application) ?? Infinity;
    for (const value of results.toSorted((a, b) => placeOf(a) - placeOf(b))) {
      const before = applicationsOf({ outputs: [{ name: "", value }] }).filter((made) => !this.#segments.has(made));
      const segment: Segment = { applications: new Set(before), again: new Map() };
      for (const application of before) this.#segments.set(application, segment);
    }
  }

  /** Types of values that were computed again, too. */
  readonly types: Types = {
    of: (value) => this.#types.of(this.#origins.get(value) ?? value),
    valuesOf: (value) => this.#types.valuesOf(this.#origins.get(value) ?? value),
  };

  /** An application as its rule sees it: what it read and made computed again, where it was not kept. */
  seen(application: Application, dy: Value): Application {
    const segment = this.#segments.get(application);
    if (segment === undefined) return application;
    segment.token ??= dy;
    const again = <V extends Value>(value: V | undefined): V | undefined => value && (this.#again(segment, value) as V);
    const results = application.results.map((result) =>
      result === undefined || this.#isKept(result) ? result : again(result),
    );
    return { ...application, inputs: application.inputs.map(again), results };
  }

  #isKept(value: Value): boolean {
    return this.#kept.has(value) || (value.kind === "Result" && random.has(value.application.opType));
  }

  #again(segment: Segment, value: Value): Value {
    const known = segment.again.get(value);
    if (known !== undefined) return known;
    if (value.kind === "Constant" || value.kind === "Outer") return value;
    if (value.kind === "Input" && this.#kept.has(value)) return value;
    const inside = value.kind === "Result" && segment.applications.has(value.application) && !this.#isKept(value);
    if (inside) this.#apply(segment, value.application);
    else this.#remember(segment, value, this.#later(value, segment.token!));
    return segment.again.get(value)!;
  }

  #apply(segment: Segment, application: Application): void {
    const inputs = application.inputs.map((value) => value && this.#again(segment, value));
    const outputs = application.results.map((result) => result !== undefined);
    const made = applied({ ...application, inputs, outputs });
    for (const [index, result] of application.results.entries())
      if (result !== undefined) this.#remember(segment, result, made.results[index]!);
  }

  #remember(segment: Segment, value: Value, again: Value): void {
    segment.again.set(value, again);
    this.#origins.set(again, value);
  }

  /** The same value, but not before `token` is there: its shape is computed from an element of the token, times 0. */
  #later(value: Value, token: Value): Value {
    const dims = this.#types.of(value)?.dims;
    const shape = dims?.every((dim) => typeof dim === "number") ? integers(dims) : shapeOf(value);
    const first = slice(reshape(token, [-1]), { axes: [0], starts: [0], ends: [1] });
    const nothing = multiply(cast(apply("IsNaN", [first]), "int64"), integers([0]));
    return reshape(value, add(shape, nothing));
  }
}
