import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import type { FaceModelSpec } from "../../crds/facemodel.ts";
import { fingerprint } from "./canonical.ts";

/** All that makes a revision behave as it does: enough to build it on another node later. */
export interface Recipe {
  readonly networks: FaceModelSpec["networks"];
  readonly precision: FaceModelSpec["precision"];
  /** INT8: the set that ranges are measured on. */
  readonly calibration?: ResolvedDataset;
  readonly engine: FaceModelSpec["engine"];
  /** Image of the build Job and of the runtime. */
  readonly image: string;
}

/** Characters of a revision's name: 51 bits, and short enough to be read aloud. */
const LENGTH = 10;

/**
 * The recipe that a spec asks for.
 *
 * @param calibration the dataset that spec.calibration names, resolved.
 */
export function recipeOf(spec: FaceModelSpec, calibration: ResolvedDataset | undefined, image: string): Recipe {
  const { networks, precision, engine } = spec;
  return { networks, precision, engine, image, ...(calibration && { calibration }) };
}

/**
 * The name of a recipe's revision: ten lower-case letters and digits. The same recipe always has the same name, and
 * what does not change behavior is not in it: where a file comes from, the name of a dataset, the order of the fields.
 * Gates, waves and nodes are no part of a recipe at all.
 */
export function revisionOf(recipe: Recipe): string {
  return fingerprint({ ...decisive(recipe), image: recipe.image }, LENGTH);
}

function decisive({ networks, precision, calibration, engine }: Recipe) {
  return {
    networks: networks.map(({ source, ...network }) => ({ ...network, digest: source.digest })),
    precision,
    calibration: calibration && { digest: calibration.source.digest, format: calibration.format },
    engine,
  };
}

/**
 * A hash of what people asked for: all of a recipe but the operator's image. What failed with one image of the operator is
 * known by it under another.
 */
export function contentOf(recipe: Recipe): string {
  return fingerprint(decisive(recipe), 16);
}

/** The hashes of a recipe's networks, each once. */
export function digestsOf({ networks }: Recipe): string[] {
  return [...new Set(networks.map(({ source }) => source.digest))];
}
