import type { Dim } from "../type.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable } from "./node.ts";

/** Rules of losses over scores [N, classes, ...] and labels [N, ...]. */

function reduced(node: Node): readonly Dim[] | undefined {
  const [scores, labels] = [node.ranked(0, { least: 2 }), node.dims(1)];
  if (scores !== undefined && labels !== undefined)
    [scores[0]!, ...scores.slice(2)].forEach((size, axis) => {
      if (labels[axis] !== undefined)
        node.same(size, labels[axis], () => `${node.describe(0)} and ${node.describe(1)}`);
    });
  return node.text("reduction", "mean") === "none" ? (labels ?? scores?.toSpliced(1, 1)) : [];
}

const loss: OperatorRule = {
  types: (node) => [tensorOf(node.element(0), reduced(node)), node.type(0)],
};

export const losses: RuleTable = { NegativeLogLikelihoodLoss: loss, SoftmaxCrossEntropyLoss: loss };
