import type { OpenNetwork } from "../engine/open-network.ts";
import { tensorsOf } from "../engine/open-network.ts";
import { cosine } from "../faces/distance.ts";
import type { Box } from "../faces/geometry.ts";
import type { RgbImage } from "../faces/image.ts";
import type { FaceObservation } from "../pipeline/analysis.ts";
import { cropOf } from "../pipeline/look.ts";

/** A network's engine beside the model it was built from. */
export interface Twin {
  readonly engine: OpenNetwork;
  readonly original: OpenNetwork;
}

/**
 * Shows the same crops of a picture to engines and originals: the worst cosine over all networks and outputs. Networks
 * that look at faces are left out when there is none.
 */
export async function compareTwins(
  twins: readonly Twin[],
  image: RgbImage,
  face: FaceObservation | undefined,
): Promise<number> {
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  let worst = 1;
  for (const { engine, original } of twins) {
    const seen = engine.rule.type === "None" ? { box: whole } : face;
    const crop = seen && cropOf(engine.rule, seen, engine);
    if (crop === undefined) continue;
    const tensors = tensorsOf(engine.network);
    const [found, wanted] = [await engine.look(image, crop, tensors), await original.look(image, crop, tensors)];
    for (const [k, { data }] of found.entries()) worst = Math.min(worst, agreement(data, wanted[k]!.data));
  }
  return worst;
}

/** The cosine, but 1 where both say nothing at all. */
function agreement(found: Float32Array, wanted: Float32Array): number {
  const silent = (tensor: Float32Array) => tensor.every((value) => value === 0);
  return silent(found) && silent(wanted) ? 1 : cosine(found, wanted);
}
