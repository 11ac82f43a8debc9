import { families, type Family } from "./rules.ts";

/** The page docs/graph-operators.md, from the rules. */
export const operatorsPage = (): string => `${[introduction(), ...families.map(section)].join("\n\n")}\n`;

const count = (domain: string): number =>
  families.reduce((sum, family) => sum + (family.domain === domain ? Object.keys(family.table).length : 0), 0);

const introduction = (): string => `# Operators whose shapes are inferred

This page is written from the rules in \`runtime/graph/shapes\`; a test fails when the two differ. To write it anew:

\`\`\`
node -e 'import("./runtime/graph/shapes/page.ts").then((page) => process.stdout.write(page.operatorsPage()))' > docs/graph-operators.md
\`\`\`

\`inferTypes(model)\` tells the element type and the shape of every value of a model, before it runs, for ${count("")} operators of
the default domain in opsets 11 to 26 (the newest that ONNX Runtime 1.30 takes) and ${count("com.microsoft")} of ONNX Runtime's own. A value made by
another operator is not known, and neither is what depends on it; that is never an error. An operator that cannot take
what it is given is one: it names the node, the input and the sizes.

A size that is not a number is a name of the model ("N"), or an expression of names: \`4*N\`, \`H+W-1\`, \`floor((H+1)/2)\`,
\`max(0,H-1)\`. Expressions have one form, so that equal text means equal size. A size that nothing names begins with "?".
\`inferTypes(model, { sizes: { N: 1 } })\` puts numbers in the place of names.

What small tensors hold is followed, too, so that a shape that is computed by the model is known: operators in _italics_
take part in that (shapes, parts of them, sums, products and quotients of sizes, through casts and choices).

Functions of a model are inlined when it is read, so what they make is known like the rest, and bodies of If, Loop and
Scan are followed. Sequences, maps, optionals and tensors of strings have no type here: a tensor taken out of one is not
known, unless the model declares it.

What is taken for granted: an input with an initial value keeps it; a size by name is below 2^30 where a model writes a
larger number for "to the end"; a size that \`Reshape\` is given by name is not 0 where 0 would mean to keep one.`;

function section({ title, domain, table }: Family): string {
  const names = Object.entries(table).map(([name, { values }]) => (values === undefined ? name : `_${name}_`));
  const sorted = names.sort((a, b) => a.replaceAll("_", "").localeCompare(b.replaceAll("_", ""), "en"));
  return `## ${title}\n\n${domain === "" ? "" : `Domain \`${domain}\`. `}${sorted.join(", ")}.`;
}
