import { application, type Application, type Value } from "../../graph/expression.ts";
import type { Model } from "../../graph/graph.ts";
import { rewriteGraph } from "../../graph/rewrite.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import { QuantizeError } from "../quantize-error.ts";
import { rules, type Site } from "./rules.ts";

/** Operator sets that can be upgraded from, and the one that Q/DQ per channel need. */
const oldest = 11;
const needed = 13;
/** The first version of the file format that knows opset 13. */
const neededIrVersion = 7;

/**
 * A model against opset 13, which is the first to have DequantizeLinear per channel; one of 13 or more is given back as
 * it is. It computes the same: what changed its form or its meaning between opsets 11 and 13 is rewritten (rules.ts), all
 * else means the same in both.
 * @throws {QuantizeError} below opset 11, and naming the node that cannot be upgraded.
 */
export function upgradeOpset(model: Model): Model {
  const version = model.opsets.get("") ?? 0;
  if (version >= needed) return model;
  if (version < oldest)
    throw new QuantizeError(`the model is of opset ${version}, and INT8 per channel needs ${needed}`, {
      remedy: `export it again with opset ${needed} or more; only ${oldest} and ${needed - 1} are upgraded here`,
    });
  const types = inferTypes(model);
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => upgraded(made, { was, types }),
  });
  return {
    ...model,
    graph,
    opsets: new Map([...model.opsets, ["", needed]]),
    irVersion: Math.max(model.irVersion, neededIrVersion),
  };
}

function upgraded(made: Application, site: Site): readonly (Value | undefined)[] | undefined {
  if (made.domain !== "" || !Object.hasOwn(rules, made.opType)) return undefined;
  const change = rules[made.opType]!(made, site);
  if (change === undefined) return undefined;
  if ("value" in change) return [change.value];
  const outputs = made.results.map((result) => result !== undefined);
  return application({ ...made, ...change, outputs }).results;
}
