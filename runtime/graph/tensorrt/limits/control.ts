import type { Application } from "../../expression.ts";
import type { Graph } from "../../graph.ts";
import type { Dim } from "../../type.ts";
import type { Limit } from "../limit.ts";
import { isConstant, type Site } from "../site.ts";
import { sources } from "../source.ts";

const bodyOf = ({ bodies }: Application, name: string): Graph | undefined =>
  bodies.find(({ attribute }) => attribute === name)?.graph;

type Shape = readonly Dim[];

/** What is wrong with the first output whose shapes in the two branches a test does not let pass. */
function differing(
  { made, types }: Site,
  differ: (then: Shape, otherwise: Shape) => boolean,
  how: string,
): string | undefined {
  const [then, otherwise] = [bodyOf(made, "then_branch"), bodyOf(made, "else_branch")];
  for (const [index, { value }] of (then?.outputs ?? []).entries()) {
    const other = otherwise?.outputs[index];
    const [a, b] = [types.of(value)?.dims, other && types.of(other.value)?.dims];
    if (a && b && differ(a, b)) return `its branches give ${shape(a)} and ${shape(b)}, ${how}`;
  }
  return undefined;
}

const shape = (dims: Shape): string => `[${dims.join(", ")}]`;

function isBroadcastable(a: Shape, b: Shape): boolean {
  return a.every((size, index) => {
    const other = b[index + b.length - a.length];
    return typeof size === "string" || typeof other !== "number" || size === other || size === 1 || other === 1;
  });
}

/** Branches and loops. */
export const controlLimits: readonly Limit[] = [
  {
    operators: ["If"],
    broken: (site) => differing(site, (a, b) => a.length !== b.length, "which differ in rank"),
    remedy: "give shapes of one rank in both branches, by Unsqueeze",
    source: sources.operators10,
  },
  {
    operators: ["If"],
    until: "10.16",
    broken: (site) =>
      differing(site, (a, b) => a.length === b.length && !isBroadcastable(a, b), "which do not broadcast"),
    remedy: "compute both branches and choose by Where, or pad one to the other's shape",
    source: sources.operators9,
  },
  {
    operators: ["Loop"],
    broken: (site) => {
      const carried = Math.max(0, site.made.inputs.length - 2);
      const collects = site.made.results.slice(carried).some((result) => result !== undefined);
      return collects && !isConstant(site, 0) ? "it collects outputs over a number of turns that varies" : undefined;
    },
    remedy: "give a constant number of turns, or carry a tensor that ScatterND fills",
    source: sources.operators10,
  },
  {
    operators: ["Loop"],
    broken: (site) => {
      const outputs = bodyOf(site.made, "body")?.outputs.slice(1) ?? [];
      return site.made.inputs
        .slice(2)
        .map((value, index) => {
          const before = value === undefined ? undefined : site.types.of(value)?.dims;
          const after = outputs[index] === undefined ? undefined : site.types.of(outputs[index].value)?.dims;
          return before && after && !mayBeEqual(before, after)
            ? `what it carries is ${shape(before)} before and ${shape(after)} after a turn`
            : undefined;
        })
        .find(Boolean);
    },
    remedy: "carry tensors of one shape",
    source: sources.operators10,
  },
];

const mayBeEqual = (a: Shape, b: Shape): boolean =>
  a.length === b.length &&
  a.every((size, index) => typeof size === "string" || typeof b[index] === "string" || size === b[index]);
