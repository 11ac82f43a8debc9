import type { Limit } from "../limit.ts";
import { attributeLimits } from "./attributes.ts";
import { constantLimits } from "./constants.ts";
import { controlLimits } from "./control.ts";
import { outputLimits } from "./outputs.ts";
import { quantizationLimits } from "./quantization.ts";
import { rankLimits } from "./ranks.ts";
import { recurrentLimits } from "./recurrent.ts";
import { typeLimits } from "./types.ts";

/** What the parser does not take of operators that it has. */
export const limits: readonly Limit[] = [
  ...attributeLimits,
  ...constantLimits,
  ...controlLimits,
  ...outputLimits,
  ...quantizationLimits,
  ...rankLimits,
  ...recurrentLimits,
  ...typeLimits,
];
