import { apply, type Application, type Value } from "../graph/expression.ts";
import { number } from "../graph/literals.ts";
import { add, expand, shapeOf } from "../graph/operators.ts";
import { applicationsOf, operandsOf } from "../graph/topology.ts";
import { sumToShape } from "./broadcast.ts";
import { Recomputation } from "./recomputation.ts";
import { rules } from "./rules/rules.ts";
import { Site } from "./site.ts";
import type { Types } from "../graph/shapes/infer.ts";

/** What is differentiated, by what. */
export interface GradientsOf {
  /** A floating-point value; of one that is not a scalar, the sum of its elements is differentiated. */
  readonly of: Value;
  /** Inputs, constants or values in between. */
  readonly wrt: readonly Value[];
  /** Of the graph that `of` is computed by. */
  readonly types: Types;
  /** Version of the default operator set that the gradients are written in: that of the model. */
  readonly opset: number;
  /** The gradient of what comes after with respect to `of`, in its shape; ones when left out. */
  readonly seed?: Value;
  /**
   * Values that are kept for the backward pass; what lies between them is computed again, which takes one more forward
   * pass and the memory of one segment. Everything is kept when left out. `chooseCheckpoints` finds good ones.
   */
  readonly checkpoints?: readonly Value[];
}

/**
 * Reverse-mode differentiation as graph code: for each value of `wrt` the gradient of `of`, in the value's shape and
 * type. A value that `of` does not depend on, or only through operators that are flat, has no entry. Gradients share
 * what they read with the graph of `of`, and are standard ONNX: give any of them, or all, as outputs of a graph.
 * @throws {GradientError} at an operator without a rule that a gradient would have to pass, where a shape is not known
 * that a rule needs, and before opset 11.
 */
export function gradients({ of, wrt, types, opset, seed, checkpoints = [] }: GradientsOf): ReadonlyMap<Value, Value> {
  const order = applicationsOf({ outputs: [{ name: "", value: of }] });
  const dependence = dependenceOn(wrt, order);
  const found = new Cotangents();
  const recomputation = new Recomputation(order, checkpoints, wrt, types);
  if (dependence.has(of)) found.add(of, seed ?? onesLike(of, types));
  for (const application of order.toReversed()) {
    const wanted = reasonFor(application, dependence);
    const dys = application.results.map((result) => result && found.of(result));
    if (wanted === undefined || dys.every((dy) => dy === undefined)) continue;
    const seen = recomputation.seen(
      application,
      dys.find((dy) => dy !== undefined)!,
    );
    const site = new Site({ application: seen, dys, types: recomputation.types, opset, wanted });
    for (const [index, dx] of backward(site, application, dependence)) found.add(application.inputs[index]!, dx);
  }
  return new Map(
    wrt.flatMap((value) => {
      const gradient = found.of(value);
      return gradient === undefined ? [] : [[value, gradient]];
    }),
  );
}

/** For every value that depends on a wanted one: which (the first, where it is more than one). */
function dependenceOn(wrt: readonly Value[], order: readonly Application[]): ReadonlyMap<Value, Value> {
  const dependence = new Map(wrt.map((value) => [value, value]));
  for (const application of order) {
    const wanted = reasonFor(application, dependence);
    if (wanted === undefined) continue;
    for (const result of application.results)
      if (result !== undefined && !dependence.has(result)) dependence.set(result, wanted);
  }
  return dependence;
}

/** The wanted value that an application depends on. */
function reasonFor(application: Application, dependence: ReadonlyMap<Value, Value>): Value | undefined {
  const through = operandsOf(application).find((value) => dependence.has(value));
  return through && dependence.get(through);
}

/** Before it bounds, scales and pads are attributes, and other operators mean something else. */
const oldestOpset = 11;

/** The gradients that an application sends back, by the place of the inputs; only to those that depend on wanted values. */
function* backward(
  site: Site,
  application: Application,
  dependence: ReadonlyMap<Value, Value>,
): Iterable<readonly [number, Value]> {
  const { dys } = site;
  if (site.opset < oldestOpset)
    site.fail(`opset ${site.opset}: rules are for operators as they are since opset ${oldestOpset}; convert the model`);
  const rule = application.domain === "" || application.domain === "ai.onnx" ? rules[application.opType] : undefined;
  if (rule === undefined) return site.fail("no gradient rule for this operator");
  if (dys.some((dy, index) => dy !== undefined && index > 0 && rule.everyOutput !== true))
    site.fail("only its first output has a gradient");
  const vjps = rule.vjp(site, ...(site.application.inputs as readonly Value[]));
  for (const [index, input] of application.inputs.entries()) {
    const vjp = vjps[index];
    if (input === undefined || vjp === undefined || vjp === null || !dependence.has(input)) continue;
    if (!site.isSmooth(input)) continue;
    const from = rule.dims?.(site, index);
    const seen = site.application.inputs[index]!;
    yield [index, from === undefined ? vjp() : sumToShape(site, vjp(), from, seen)];
  }
}

function onesLike(of: Value, types: Types): Value {
  const known = types.of(of);
  const one = number(known?.type ?? "float32", 1);
  const dims = known?.dims;
  if (dims?.length === 0) return one;
  return expand(one, dims?.every((dim) => typeof dim === "number") === true ? dims : shapeOf(of));
}

/** Gradients as they come back: those of one value add up. */
class Cotangents {
  readonly #terms = new Map<Value, Value[]>();

  add(value: Value, gradient: Value): void {
    const terms = this.#terms.get(value);
    if (terms === undefined) this.#terms.set(value, [gradient]);
    else terms.push(gradient);
  }

  /** The sum of what came back; made once. */
  of(value: Value): Value | undefined {
    const terms = this.#terms.get(value);
    if (terms === undefined || terms.length === 0) return undefined;
    const [first, second] = terms;
    const sum = terms.length === 1 ? first! : terms.length === 2 ? add(first!, second!) : apply("Sum", terms);
    this.#terms.set(value, [sum]);
    return sum;
  }
}
