import type { Application, Result, Value } from "../graph/expression.ts";
import type { Types } from "../graph/shapes/infer.ts";
import { applicationsOf, operandsOf } from "../graph/topology.ts";

/**
 * Values at which the computation of `of` can be cut into about `segments` parts of equal memory: through each of them
 * alone goes all that comes before it. For `gradients`, which then keeps them and computes what lies between them
 * again. Fewer where the graph has fewer such values; none where it has none.
 */
export function chooseCheckpoints(of: Value, types: Types, segments: number): readonly Result[] {
  const cuts = cutsOf(of, types);
  const total = cuts.at(-1)?.before ?? 0;
  const chosen = Array.from({ length: segments - 1 }, (_, index) => {
    const wish = (total * (index + 1)) / segments;
    return cuts.reduce(
      (best, cut) => (Math.abs(cut.before - wish) < Math.abs(best.before - wish) ? cut : best),
      cuts[0]!,
    );
  });
  return cuts.length === 0 ? [] : [...new Set(chosen.map(({ value }) => value))].filter((value) => value !== of);
}

/** A value that alone leads from what comes before to what comes after, and how many elements come before. */
interface Cut {
  readonly value: Result;
  readonly before: number;
}

function cutsOf(of: Value, types: Types): readonly Cut[] {
  const order = applicationsOf({ outputs: [{ name: "", value: of }] });
  const remaining = usesIn(order);
  const live = new Set<Result>();
  const cuts: Cut[] = [];
  let before = 0;
  for (const application of order) {
    for (const value of new Set(operandsOf(application)))
      if (value.kind === "Result") {
        remaining.set(value, remaining.get(value)! - 1);
        if (remaining.get(value) === 0) live.delete(value);
      }
    for (const result of application.results) {
      if (result === undefined || !isActivation(result, types)) continue;
      before += elementsOf(result, types);
      if (remaining.has(result) || result === of) live.add(result);
    }
    const [only] = live;
    if (live.size === 1 && only !== cuts.at(-1)?.value) cuts.push({ value: only!, before });
  }
  return cuts;
}

/** How many applications read each value. */
function usesIn(order: readonly Application[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  for (const application of order)
    for (const value of new Set(operandsOf(application))) uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}

/** Shapes and masks are small and cost nothing to keep. */
const isActivation = (value: Result, types: Types): boolean => types.of(value)?.type.includes("float") ?? true;

/** The elements of a value; sizes that are not known are the same for all. */
const elementsOf = (value: Result, types: Types): number =>
  (types.of(value)?.dims ?? []).reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
