import { divide } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";

/** Pooling. */
export const pooling: Rules = {
  GlobalAveragePool: exact((site, x) => [
    () => site.expandLike(divide(site.dy, site.countOf(x, site.spatialAxes(x))), x),
  ]),
};
