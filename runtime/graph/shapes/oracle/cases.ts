import type { Case } from "./case.ts";
import { controlCases } from "./cases-control.ts";
import { edgeCases } from "./cases-edges.ts";
import { elementwiseCases } from "./cases-elementwise.ts";
import { indexCases } from "./cases-index.ts";
import { layerCases } from "./cases-layers.ts";
import { quantizedCases } from "./cases-quantized.ts";
import { shapeCases } from "./cases-shape.ts";
import { valueCases } from "./cases-values.ts";

/** Every case, by a name of its own. */
export const cases: readonly Case[] = [
  ...elementwiseCases,
  ...layerCases,
  ...shapeCases,
  ...indexCases,
  ...quantizedCases,
  ...valueCases,
  ...controlCases,
  ...edgeCases,
];
