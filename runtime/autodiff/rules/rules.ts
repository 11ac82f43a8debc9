import type { Rules } from "../rule.ts";
import { activations } from "./activations.ts";
import { arithmetic } from "./arithmetic.ts";
import { convolutions } from "./convolutions.ts";
import { normalizations } from "./normalizations.ts";
import { pooling } from "./pooling.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { resampling } from "./resampling.ts";
import { selection } from "./selection.ts";
import { shapes } from "./shapes.ts";

/** Every operator with its vector-Jacobian product: only mathematics. An operator that is absent is an error. */
export const rules: Rules = {
  ...arithmetic,
  ...activations,
  ...products,
  ...convolutions,
  ...pooling,
  ...normalizations,
  ...reductions,
  ...shapes,
  ...selection,
  ...resampling,
};
