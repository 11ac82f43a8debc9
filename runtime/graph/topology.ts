import type { Application, Value } from "./expression.ts";
import type { Graph } from "./graph.ts";

/**
 * Every application that the graph's outputs need, each after what it reads, in the order in which they are needed.
 * Those within bodies are not among them. Without recursion: graphs are deep.
 */
export function applicationsOf({ outputs }: Pick<Graph, "outputs">): readonly Application[] {
  const done = new Set<Application>();
  const stack = outputs.flatMap(({ value }) => (value.kind === "Result" ? [value.application] : [])).reverse();
  while (stack.length > 0) {
    const application = stack.at(-1)!;
    const waiting = stack.length;
    if (!done.has(application)) {
      const operands = operandsOf(application);
      for (let index = operands.length - 1; index >= 0; index--) {
        const value = operands[index]!;
        if (value.kind === "Result" && !done.has(value.application)) stack.push(value.application);
      }
    }
    if (stack.length > waiting) continue;
    done.add(application);
    stack.pop();
  }
  return [...done];
}

/** The values that an application reads: its inputs that are there, then what its bodies take from around them. */
export function operandsOf({ inputs, bodies }: Application): readonly Value[] {
  const given = inputs.includes(undefined)
    ? inputs.filter((value) => value !== undefined)
    : (inputs as readonly Value[]);
  return bodies.length === 0 ? given : [...given, ...bodies.flatMap(({ graph }) => capturesOf(graph))];
}

const capturesKnown = new WeakMap<Graph, readonly Value[]>();

/** The values around a body that the body reads, in the scope just around it. */
export function capturesOf(body: Graph): readonly Value[] {
  // Found once for each body: every scope around it asks, and to search anew would triple the work at each level.
  const known = capturesKnown.get(body) ?? findCaptures(body);
  capturesKnown.set(body, known);
  return known;
}

function findCaptures(body: Graph): readonly Value[] {
  const captures = new Set<Value>();
  const add = (value: Value): void => {
    if (value.kind === "Outer") captures.add(value.value);
  };
  for (const application of applicationsOf(body)) operandsOf(application).forEach(add);
  for (const { value } of body.outputs) add(value);
  return [...captures];
}

/** Who reads a value: applications, and how often the graph gives it back. */
export interface Uses {
  readonly applications: readonly Application[];
  readonly outputs: number;
}

/** The uses of every value that the graph needs. */
export function usesOf(graph: Graph): ReadonlyMap<Value, Uses> {
  const uses = new Map<Value, { applications: Application[]; outputs: number }>();
  const of = (value: Value): { applications: Application[]; outputs: number } => {
    const known = uses.get(value) ?? { applications: [], outputs: 0 };
    uses.set(value, known);
    return known;
  };
  for (const application of applicationsOf(graph))
    for (const value of operandsOf(application)) of(value).applications.push(application);
  for (const { value } of graph.outputs) of(value).outputs++;
  return uses;
}
