import { nodeName } from "../graph/attributes.ts";
import type { Application, Value } from "../graph/expression.ts";

/** A gradient that cannot be written down: says at which node, and which wanted value needs it. */
export class GradientError extends Error {
  readonly node: string;
  readonly operator: string;
  /** The value whose gradient was asked for and leads through the node. */
  readonly wanted: string;
  readonly problem: string;

  constructor(problem: string, at: Application, wanted: Value) {
    const node = nodeName(at);
    const operator = at.domain === "" ? at.opType : `${at.domain}.${at.opType}`;
    super(`gradient of "${valueName(wanted)}", node "${node}" (${operator}): ${problem}`);
    this.name = "GradientError";
    this.node = node;
    this.operator = operator;
    this.wanted = valueName(wanted);
    this.problem = problem;
  }
}

function valueName(value: Value): string {
  switch (value.kind) {
    case "Input":
      return value.name;
    case "Constant":
      return value.tensor.name ?? "constant";
    case "Result":
      return value.application.names[value.index] ?? nodeName(value.application);
    case "Outer":
      return valueName(value.value);
  }
}
