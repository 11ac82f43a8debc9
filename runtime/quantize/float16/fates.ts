import { nodeName } from "../../graph/attributes.ts";
import type { Application, Value } from "../../graph/expression.ts";
import type { Model } from "../../graph/graph.ts";
import type { Types } from "../../graph/shapes/infer.ts";
import { applicationsOf } from "../../graph/topology.ts";
import type { Left } from "../placement/placement.ts";
import { valueName } from "../value-name.ts";
import { extentOf, extentOfConstant, type Extent } from "./extent.ts";
import { float32Inputs, reasonToStay } from "./keep.ts";

/** Which applications that have to do with float32 compute with float16, and why the others do not. */
export interface Fates {
  readonly halved: ReadonlySet<Application>;
  readonly left: readonly Left[];
}

/** Decides about each application of a model, from its inputs to its outputs. @throws {GraphError} */
export function fatesOf({ graph, opsets }: Model, types: Types, excluded: ReadonlySet<Application>): Fates {
  const opset = opsets.get("") ?? 0;
  const extents = new Extents(types);
  const halved = new Set<Application>();
  const left: Left[] = [];
  for (const application of applicationsOf(graph)) {
    const { inputs, results } = application;
    const known = [...inputs, ...results].map((value) => value && (types.of(value)?.type ?? "unknown"));
    if (!known.includes("float32") && !known.includes("unknown")) continue;
    const beyond = extents.follow(application);
    const reason =
      (excluded.has(application) ? "left out as asked" : reasonToStay(application, opset)) ??
      (beyond && `reads ${valueName(beyond)}, which float16 may not hold`) ??
      (known.includes("unknown") ? "its types are not known" : undefined);
    if (reason === undefined) halved.add(application);
    else left.push({ node: nodeName(application), reason });
  }
  return { halved, left };
}

/** The extents of the float32 values of a graph, found application by application. */
class Extents {
  readonly #types: Types;
  readonly #extents = new Map<Value, Extent>();

  constructor(types: Types) {
    this.#types = types;
  }

  /** Finds the extents of what an application makes. @returns what it reads that is not within float16, if anything. */
  follow(application: Application): Value | undefined {
    const operands = application.inputs.map((value, index) => this.#read(value, application, index));
    const extent = extentOf(application, operands);
    for (const result of application.results)
      if (result !== undefined && this.#types.of(result)?.type === "float32") this.#extents.set(result, extent);
    const beyond = operands.findIndex((operand) => operand !== "Within");
    return application.inputs[beyond];
  }

  #read(value: Value | undefined, application: Application, index: number): Extent {
    if (value === undefined || float32Inputs[application.opType]?.includes(index)) return "Within";
    if (value.kind === "Constant") return extentOfConstant(value, application, index);
    return this.#extents.get(value) ?? "Within";
  }
}
