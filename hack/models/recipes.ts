import type { MessageInit, ModelProto } from "../../runtime/graph/codec/types.ts";
import type { NetworkName } from "./networks.ts";
import { damage } from "./variants/damage.ts";
import { keepWeightsInBytes } from "./variants/keep-weights-in-bytes.ts";
import { stretchContrast } from "./variants/stretch-contrast.ts";

/** How a model comes about: a network as converted, or that network changed. */
export interface Recipe {
  readonly network: NetworkName;
  readonly change?: (model: ModelProto) => MessageInit<"ModelProto">;
}

/** Every model by the name of its file. */
export const recipes = {
  "tiny-face-detector": { network: "tiny-face-detector" },
  "face-landmarks": { network: "face-landmarks" },
  "face-expression": { network: "face-expression" },
  "face-recognition": { network: "face-recognition" },
  /** As good as the original in a quarter of the size. */
  "face-recognition-bytes": { network: "face-recognition", change: keepWeightsInBytes },
  /** Plainly worse on any picture. */
  "face-recognition-damaged": { network: "face-recognition", change: (model) => damage(model, 1, 0.3) },
  /** As good on well-lit pictures, worse in the dark. */
  "face-recognition-contrast": { network: "face-recognition", change: (model) => stretchContrast(model, 84) },
} as const satisfies Readonly<Record<string, Recipe>>;

/** The name of a model. */
export type ModelName = keyof typeof recipes;
