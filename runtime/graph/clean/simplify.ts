import type { Application } from "../expression.ts";
import type { Model } from "../graph.ts";
import { inferTypes } from "../shapes/infer.ts";
import { usesOf } from "../topology.ts";
import { rewriteGraph } from "../rewrite.ts";
import type { Rule, Site } from "./rule.ts";

/** Passes after which a graph that still changes is left as it is: each takes at least one operator away. */
const mostPasses = 20;

/** The model after the rules, applied until none does anything; the same object where none ever did. */
export function simplify(model: Model, rules: readonly Rule[]): Model {
  const byOperator = tableOf(rules);
  let current = model;
  for (let pass = 0; pass < mostPasses; pass++) {
    const next = simplifyOnce(current, byOperator);
    if (next === current) return current;
    current = next;
  }
  return current;
}

type Table = ReadonlyMap<string, readonly Rule[]>;

function tableOf(rules: readonly Rule[]): Table {
  const table = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const operator of rule.operators) table.set(operator, [...(table.get(operator) ?? []), rule]);
  return table;
}

function simplifyOnce(model: Model, rules: Table): Model {
  const types = inferTypes(model, { keepInitial: false });
  const uses = usesOf(model.graph);
  const opset = model.opsets.get("") ?? 0;
  const application = (made: Application, was: Application) => {
    if (made.domain !== "") return undefined;
    const site: Site = { was, types, opset, isUsed };
    // Uses within bodies are not counted: there, an output that exists is one that is used.
    function isUsed(index: number): boolean {
      const result = was.results[index];
      return result !== undefined && (uses.has(result) || !uses.has(was.results[0]!));
    }
    for (const rule of rules.get(made.opType) ?? []) {
      const results = rule.apply(made, site);
      if (results !== undefined) return results;
    }
    return undefined;
  };
  const { graph } = rewriteGraph(model.graph, { application });
  return graph === model.graph ? model : { ...model, graph };
}
