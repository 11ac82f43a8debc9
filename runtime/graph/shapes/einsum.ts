import type { Dim } from "../type.ts";
import { broadcast } from "./broadcast.ts";
import { tensorOf, type Node, type RuleTable } from "./node.ts";

/**
 * The rule of Einsum: letters name axes; axes of one letter have one size, or 1; "..." stands for axes that broadcast.
 * Source: https://onnx.ai/onnx/operators/onnx__Einsum.html
 */
function einsum(node: Node): readonly Dim[] | undefined {
  const equation = node.text("equation", "").replaceAll(" ", "");
  const [left, right] = equation.split("->") as [string, string?];
  const terms = left.split(",");
  if (terms.length !== node.inputs) node.fail(`"${equation}" has ${terms.length} terms for ${node.inputs} inputs`);
  const sizes = new Map<string, Dim>();
  const ellipses: (readonly Dim[])[] = [];
  for (const [input, term] of terms.entries()) {
    const dims = node.dims(input);
    if (dims === undefined) return undefined;
    ellipses.push(bind(node, { input, term, dims, sizes, equation }));
  }
  const batch = broadcast(node, ellipses) ?? [];
  const output = right ?? implied(left, batch.length > 0);
  return tokens(output).flatMap((token) =>
    token === "..." ? batch : [sizes.get(token) ?? unknownLetter(node, token)],
  );
}

const tokens = (term: string): readonly string[] => Array.from(term.matchAll(/\.\.\.|[A-Za-z]/g), ([token]) => token);
const unknownLetter = (node: Node, letter: string): never =>
  node.fail(`the output names "${letter}", and no input does`);

/** Notes the sizes of a term's letters. @returns the sizes under its "...". */
function bind(
  node: Node,
  at: { input: number; term: string; dims: readonly Dim[]; sizes: Map<string, Dim>; equation: string },
): readonly Dim[] {
  const names = tokens(at.term);
  const spread = at.dims.length - names.filter((name) => name !== "...").length;
  if (spread < 0 || (spread > 0 && !names.includes("...")))
    node.fail(`"${at.term}" of "${at.equation}" does not suit ${node.describe(at.input)}`);
  let [axis, ellipsis] = [0, [] as readonly Dim[]];
  for (const name of names) {
    if (name === "...") {
      ellipsis = at.dims.slice(axis, axis + spread);
      axis += spread;
      continue;
    }
    const [own, known] = [at.dims[axis++]!, at.sizes.get(name)];
    at.sizes.set(name, known === undefined ? own : joined(node, { ...at, name, known, own }));
  }
  return ellipsis;
}

/** The size of a letter at two axes: either is repeated where it is 1, so that of two names none is known to hold. */
function joined(node: Node, at: { input: number; name: string; known: Dim; own: Dim; equation: string }): Dim {
  const { known, own } = at;
  if (known === 1 || known === own) return own;
  if (own === 1) return known;
  if (typeof known === "string" && typeof own === "string") return node.fresh();
  return node.same(known, own, () => `"${at.name}" of "${at.equation}" at ${node.describe(at.input)}`);
}

/** Letters that occur once, in alphabetical order, after what broadcasts. */
function implied(left: string, spreads: boolean): string {
  const letters = tokens(left).filter((token) => token !== "...");
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return (spreads ? "..." : "") + once.sort().join("");
}

export const einsums: RuleTable = { Einsum: { types: (node) => [tensorOf(node.element(0), einsum(node))] } };
