import type { Graph } from "../graph.ts";
import type { Dim } from "../type.ts";
import { tensorOf, type Known, type Node, type RuleTable } from "./node.ts";

/** Rules of operators whose attributes are graphs. */

function bodyOf(node: Node, attribute: string): Graph {
  const body = node.application.bodies.find((candidate) => candidate.attribute === attribute);
  return body?.graph ?? node.fail(`${attribute} is missing`);
}

/** A branch that is known not to be taken is not looked at. */
function branches(node: Node): readonly Known[] {
  const condition = node.numbers(0)?.[0];
  const [yes, no] = [bodyOf(node, "then_branch"), bodyOf(node, "else_branch")];
  if (condition !== undefined) return node.around.infer(condition === 0 ? no : yes, []);
  if (yes.outputs.length !== no.outputs.length)
    node.fail(`its branches give back ${yes.outputs.length} and ${no.outputs.length} values`);
  const [ifTrue, ifFalse] = [node.around.infer(yes, []), node.around.infer(no, [])];
  return ifTrue.map((known, index) => either(node, known, ifFalse[index]));
}

/** What is known of a value that is one of two. */
function either(node: Node, a: Known, b: Known): Known {
  return a?.type === b?.type ? tensorOf(a?.type, common(node, a?.dims, b?.dims)) : undefined;
}

function common(node: Node, a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): readonly Dim[] | undefined {
  if (a?.length !== b?.length || b === undefined) return undefined;
  return a?.map((size, axis) => (size === b[axis] ? size : node.fresh()));
}

/** Bodies in bodies are looked at up to three times each; those deeper than this once, without sizes of the state. */
const deepest = 3;

/**
 * What a body carries from one round to the next keeps the sizes that the first round leaves as they are; others are
 * not known. Scan outputs are as many as there are rounds.
 */
function loop(node: Node): readonly Known[] {
  const body = bodyOf(node, "body");
  const carried = body.inputs.length - 2;
  if (node.inputs - 2 !== carried || carried < 0)
    node.fail(`its body takes ${body.inputs.length} values, and it gives ${node.inputs}`);
  const initial = Array.from({ length: carried }, (_, place) => node.type(place + 2));
  const rounds = (state: readonly Known[]): readonly Known[] =>
    node.around.infer(body, [tensorOf("int64", []), tensorOf("bool", []), ...state]).slice(1);
  const { state, outputs } = settle(node, initial, rounds);
  return [
    ...state,
    ...outputs.slice(carried).map((each) => tensorOf(each?.type, each?.dims && [node.fresh(), ...each.dims])),
  ];
}

/** States that hold before and after every round, and all outputs of a round from them. */
function settle(
  node: Node,
  initial: readonly Known[],
  round: (state: readonly Known[]) => readonly Known[],
): { state: readonly Known[]; outputs: readonly Known[] } {
  let state = node.around.depth > deepest ? unsized(initial) : initial;
  for (let attempt = 0; ; attempt++) {
    const outputs = round(state);
    const next = state.map((known, place) => either(node, known, outputs[place]));
    if (state.every((known, place) => sameShape(known, next[place]))) return { state, outputs };
    if (attempt === 2 || node.around.depth > deepest) return { state: unsized(next), outputs };
    state = attempt === 0 ? next : unsized(next);
  }
}

const unsized = (state: readonly Known[]): readonly Known[] => state.map((known) => tensorOf(known?.type, undefined));

const sameShape = (a: Known, b: Known): boolean =>
  a?.type === b?.type &&
  a?.dims?.length === b?.dims?.length &&
  (a?.dims ?? []).every((size, axis) => size === b?.dims?.[axis]);

/** States first, then sequences along an axis of each scanned input; each round takes one slice. */
function scan(node: Node): readonly Known[] {
  if (node.opset < 9) return [];
  const body = bodyOf(node, "body");
  const scanned = node.int("num_scan_inputs", 0);
  const states = node.inputs - scanned;
  if (scanned < 1 || states < 0 || body.inputs.length !== node.inputs)
    node.fail(`num_scan_inputs ${scanned} does not suit its ${node.inputs} inputs`);
  const initial = Array.from({ length: states }, (_, input) => node.type(input));
  const axes = node.ints("scan_input_axes", []);
  const slices = Array.from({ length: scanned }, (_, place) => sliceOf(node, states + place, axes[place] ?? 0));
  const { state, outputs } = settle(node, initial, (now) =>
    node.around.infer(body, [...now, ...slices.map(({ slice }) => slice)]),
  );
  const length = slices.find((each) => each.length !== undefined)?.length;
  const outputAxes = node.ints("scan_output_axes", []);
  return [
    ...state,
    ...outputs.slice(states).map((each, place) => stacked(node, each, node.named(length), outputAxes[place] ?? 0)),
  ];
}

function sliceOf(node: Node, input: number, axis: number): { slice: Known; length: Dim | undefined } {
  const known = node.type(input);
  if (known?.dims === undefined) return { slice: known, length: undefined };
  const rank = known.dims.length;
  if (axis < -rank || axis >= rank)
    return node.fail(`scan axis ${axis} is not among the axes of ${node.describe(input)}`);
  const at = axis < 0 ? axis + rank : axis;
  return { slice: tensorOf(known.type, known.dims.toSpliced(at, 1)), length: known.dims[at] };
}

function stacked(node: Node, each: Known, length: Dim, axis: number): Known {
  if (each?.dims === undefined) return each;
  const rank = each.dims.length + 1;
  if (axis < -rank || axis >= rank) return node.fail(`scan output axis ${axis} is not among ${rank} axes`);
  return tensorOf(each.type, each.dims.toSpliced(axis < 0 ? axis + rank : axis, 0, length));
}

export const control: RuleTable = {
  If: { types: branches },
  Loop: { types: loop },
  Scan: { types: scan },
};
