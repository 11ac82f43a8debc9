import type { Dim } from "../type.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable } from "./node.ts";

/** Rules of recurrent layers: X is [steps, batch, inputs], or [batch, steps, inputs] where layout is 1. */

/** All outputs, the last of each direction, and, of an LSTM, the last cells. */
const recurrent: OperatorRule = {
  types: (node) => {
    const [x, weight, recurrence] = [node.ranked(0, 3), node.ranked(1, 3), node.ranked(2, 3)];
    const directions = node.text("direction", "forward") === "bidirectional" ? 2 : 1;
    for (const [input, dims] of [weight, recurrence].entries())
      if (dims !== undefined) node.same(dims[0]!, directions, () => `the directions and ${node.describe(input + 1)}`);
    if (x !== undefined && weight !== undefined)
      node.same(weight[2]!, x[2]!, () => `the inputs of ${node.describe(1)} and ${node.describe(0)}`);
    const given: number | undefined = node.int("hidden_size");
    const hidden = given ?? recurrence?.[2] ?? node.fresh();
    return shapes(node, x, directions, hidden).map((dims) => tensorOf(node.element(0), dims));
  },
};

function shapes(
  node: Node,
  x: readonly Dim[] | undefined,
  directions: number,
  hidden: Dim,
): readonly (readonly Dim[])[] {
  const batchFirst = node.int("layout", 0) === 1;
  const [first, second] = x ?? [node.fresh(), node.fresh()];
  const [steps, batch] = batchFirst ? [second!, first!] : [first!, second!];
  const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [all, last, last];
}

export const recurrentLayers: RuleTable = { GRU: recurrent, LSTM: recurrent, RNN: recurrent };
