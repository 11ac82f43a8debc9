import { application, type Application, type Body, type Constant, type Input, type Value } from "./expression.ts";
import type { Annotation, Graph } from "./graph.ts";
import { applicationsOf } from "./topology.ts";

/**
 * How a graph becomes another. A value for which nothing is given stays. What takes the place of a value has its type
 * and shape: what the model declares for the one is kept for the other.
 */
export interface Rewrite {
  /**
   * What takes the place of an application's results, in their order; for `undefined` it is what is made. `made` reads
   * values of the new graph, `was` is the one of the old graph: what is known of the old graph (types, uses) is known
   * by it.
   */
  readonly application?: (made: Application, was: Application) => readonly (Value | undefined)[] | undefined;
  /** What takes the place of an input or a constant, where it is read. */
  readonly given?: (value: Input | Constant) => Value | undefined;
}

/** A graph after a rewrite, and where its values went. */
export interface Rewritten {
  readonly graph: Graph;
  /** The value of the new graph that stands for one of the old graph (of the graph itself, not of its bodies). */
  readonly valueOf: (value: Value) => Value;
}

/**
 * Rebuilds a graph from its inputs to its outputs, in bodies too. What a rewrite does not touch is shared with the old
 * graph: the same objects, the graph itself where nothing changes. New inputs that the rewrite makes are to be added by the caller.
 */
export function rewriteGraph(graph: Graph, rewrite: Rewrite): Rewritten {
  const map = new Map<Value, Value>();
  const valueOf = (value: Value): Value => {
    const known = map.get(value);
    if (known !== undefined || value.kind === "Result" || value.kind === "Outer") return known ?? value;
    const given = rewrite.given?.(value) ?? value;
    map.set(value, given);
    return given;
  };
  return { graph: rewriteScope(graph, rewrite, map, valueOf), valueOf };
}

/** The same graph where its outputs stay. */
function rewriteScope(graph: Graph, rewrite: Rewrite, map: Map<Value, Value>, valueOf: (value: Value) => Value): Graph {
  for (const was of applicationsOf(graph)) {
    const made = rebuild(was, rewrite, valueOf);
    const results = rewrite.application?.(made, was);
    was.results.forEach((result, index) => {
      const replaced = results?.[index] ?? made.results[index];
      if (result !== undefined && replaced !== undefined && replaced !== result) map.set(result, replaced);
    });
  }
  const outputs = graph.outputs.map((output) => {
    const value = valueOf(output.value);
    return value === output.value ? output : { ...output, value };
  });
  const same = outputs.every((output, index) => output === graph.outputs[index]);
  if (same) return graph;
  const { declared, annotations } = graph;
  return {
    ...graph,
    outputs,
    ...(declared && { declared: declaredAnew(declared, valueOf) }),
    ...(annotations && { annotations: annotations.map((annotation) => annotatedAnew(annotation, valueOf)) }),
  };
}

const annotatedAnew = ({ value, parameters, ...rest }: Annotation, valueOf: (value: Value) => Value): Annotation => ({
  ...rest,
  value: valueOf(value),
  parameters: parameters.map(({ key, value }) => ({ key, value: valueOf(value) })),
});

/** What was declared of a value itself goes before what was of one in whose place it stands. */
function declaredAnew<T>(declared: ReadonlyMap<Value, T>, valueOf: (value: Value) => Value): ReadonlyMap<Value, T> {
  const moved = new Map([...declared].filter(([value]) => valueOf(value) === value));
  for (const [was, known] of declared) {
    const value = valueOf(was);
    if (value.kind === "Result" && !moved.has(value)) moved.set(value, known);
  }
  return moved;
}

/** The application on values of the new graph; the same object where nothing changed. */
function rebuild(was: Application, rewrite: Rewrite, valueOf: (value: Value) => Value): Application {
  const inputs = was.inputs.map((value) => (value === undefined ? undefined : valueOf(value)));
  const bodies = was.bodies.map((body) => rewriteBody(body, rewrite, valueOf));
  const same =
    inputs.every((value, index) => value === was.inputs[index]) &&
    bodies.every((body, index) => body === was.bodies[index]);
  return same
    ? was
    : application({ ...was, inputs, bodies, outputs: was.results.map((result) => result !== undefined) });
}

function rewriteBody(body: Body, rewrite: Rewrite, around: (value: Value) => Value): Body {
  const map = new Map<Value, Value>();
  const valueOf = (value: Value): Value => {
    const known = map.get(value);
    if (known !== undefined || value.kind === "Result") return known ?? value;
    const found = value.kind === "Outer" ? outerOf(value, around) : (rewrite.given?.(value) ?? value);
    map.set(value, found);
    return found;
  };
  const graph = rewriteScope(body.graph, rewrite, map, valueOf);
  return graph === body.graph ? body : { ...body, graph };
}

function outerOf(seen: Extract<Value, { kind: "Outer" }>, around: (value: Value) => Value): Value {
  const value = around(seen.value);
  return value === seen.value ? seen : { kind: "Outer", value };
}
