import { constantNodes } from "../graph/clean/constants.ts";
import { foldNormalizations } from "../graph/clean/normalization.ts";
import { simplify } from "../graph/clean/simplify.ts";
import type { Model } from "../graph/graph.ts";
import { upgradeOpset } from "./opset/upgrade.ts";

/**
 * A model as quantization wants it: of opset 13 or more, constants as constants, normalizations folded into the
 * convolutions before them (else a rounding would come between the two). Names of values stay.
 * @throws {QuantizeError}
 */
export const prepare = (model: Model): Model =>
  foldNormalizations(simplify(upgradeOpset(model), [constantNodes])).model;
