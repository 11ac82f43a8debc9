import { nodeName } from "../../graph/attributes.ts";
import type { Application, Value } from "../../graph/expression.ts";
import { applicationsOf, usesOf, type Uses } from "../../graph/topology.ts";
import { treatmentOf } from "./kernels.ts";
import { hasWeightFirst, isLayer, layerOf, type Layer } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { Plan, type Task } from "./plan.ts";

/**
 * Where ONNX Runtime's CPU kernels want Q/DQ: around each operator that has an integer kernel, so that integers flow from
 * one to the next. The bias of a layer is int32. What clips stands between a layer and the rounding of what it makes.
 * What only moves on to an output of the graph is not rounded.
 * Source: ONNX Runtime, Quantize ONNX Models, section QDQ format; qdq_selector_action_transformer.cc.
 */
export function placeForOnnxRuntime({ graph, excluded }: Task): Placement {
  const marks = new Marks(usesOf(graph));
  const applications = applicationsOf(graph);
  const plan = new Plan();
  for (const application of applications) {
    const reason = reasonToLeave(application, excluded);
    if (reason === undefined) mark(application, marks, excluded);
    else if (isLayer(application)) plan.leave(nodeName(application), reason);
  }
  for (const application of applications) readMarked(application, marks, plan);
  for (const layer of marks.layers) readConstants(layer, marks, plan);
  return plan.placement;
}

function reasonToLeave(application: Application, excluded: ReadonlySet<Application>): string | undefined {
  if (excluded.has(application)) return "left out as asked";
  return hasWeightFirst(application) ? "the weight is the first operand, for which there is no kernel" : undefined;
}

/** The values that are rounded to 8 bits. */
class Marks {
  readonly uses: ReadonlyMap<Value, Uses>;
  readonly layers: Layer[] = [];
  /** A value, and the one whose range is its own. */
  readonly #measured = new Map<Value, Value>();
  /** Values that all readers read as bytes: an integer kernel makes them. */
  readonly #made = new Set<Value>();
  /** Applications that compute with bytes. */
  readonly #integer = new Set<Application>();

  constructor(uses: ReadonlyMap<Value, Uses>) {
    this.uses = uses;
  }

  has = (value: Value): boolean => this.#measured.has(value);
  measuredOf = (value: Value): Value => this.#measured.get(value) ?? value;

  reads(application: Application, value: Value): void {
    this.#integer.add(application);
    if (!this.has(value)) this.#measured.set(value, value);
  }

  makes(value: Value, measured: Value): void {
    this.#measured.set(value, measured);
    this.#made.add(value);
  }

  /** Whether an application reads a value as bytes. */
  isRead(application: Application, value: Value): boolean {
    return this.has(value) && (this.#made.has(value) || this.#integer.has(application));
  }
}

function mark(application: Application, marks: Marks, excluded: ReadonlySet<Application>): void {
  if (isLayer(application)) {
    const layer = layerOf(application);
    marks.layers.push(layer);
    marks.reads(application, layer.input);
    if (layer.weight === undefined) marks.reads(application, layer.second);
    markMade(application.results[0], marks, excluded);
    return;
  }
  const treatment = treatmentOf(application);
  // Where one operand is rounded, all are numbers of its type.
  if (treatment === "Moving" && isMarked(application.inputs[0], marks)) markMoved(application, marks);
  if (treatment === "Computing" && application.inputs.some((value) => isMarked(value, marks)))
    markComputed(application, marks, excluded);
}

const isMarked = (value: Value | undefined, marks: Marks): boolean => value !== undefined && marks.has(value);

function markMoved(application: Application, marks: Marks): void {
  const from = application.inputs[0]!;
  marks.reads(application, from);
  for (const result of application.results)
    if (result !== undefined && isComputedWith(result, marks)) marks.makes(result, marks.measuredOf(from));
}

function markComputed(application: Application, marks: Marks, excluded: ReadonlySet<Application>): void {
  const operands = application.inputs.filter((value) => value !== undefined);
  // A constant operand has a range of its own that may not suit 8 bits.
  if (operands.some(({ kind }) => kind === "Constant")) return;
  for (const value of operands) marks.reads(application, value);
  markMade(application.results[0], marks, excluded);
}

/** Marks what an integer kernel makes: behind what clips it, where that is all that becomes of it. */
function markMade(result: Value | undefined, marks: Marks, excluded: ReadonlySet<Application>): void {
  if (result === undefined || !isComputedWith(result, marks)) return;
  const { applications, outputs } = marks.uses.get(result)!;
  const [reader] = applications;
  const clips =
    applications.length === 1 && outputs === 0 && !excluded.has(reader!) && treatmentOf(reader!) === "Clipping";
  if (!clips) marks.makes(result, result);
  else markMade(reader!.results[0], marks, excluded);
}

/** Whether anybody computes with a value, and does not only move it on to an output of the graph. */
function isComputedWith(value: Value, marks: Marks): boolean {
  const readers = marks.uses.get(value)?.applications ?? [];
  return readers.some(
    (reader) =>
      treatmentOf(reader) !== "Moving" ||
      reader.results.some((result) => result !== undefined && isComputedWith(result, marks)),
  );
}

function readMarked(application: Application, marks: Marks, plan: Plan): void {
  for (const [index, value] of application.inputs.entries())
    if (value !== undefined && value.kind !== "Constant" && marks.isRead(application, value))
      plan.read(application, index, { kind: "Activation", measured: marks.measuredOf(value) });
}

function readConstants({ application, input, weight, bias }: Layer, marks: Marks, plan: Plan): void {
  if (weight === undefined) return;
  const summand = bias && { constant: bias, measured: marks.measuredOf(input) };
  plan.read(application, 1, { kind: "Weight", ...weight, bias: summand });
  if (summand !== undefined)
    plan.read(application, 2, { kind: "Bias", bias: summand, weight: weight.constant, axis: weight.axis });
}
