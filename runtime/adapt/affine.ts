import type { Point } from "./point.ts";
import type { Statistics } from "./statistics.ts";

/** What a point does: y = x * scale + shift, a channel. */
export interface Affine {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Affines by the name of their point. */
export type AffineOf = ReadonlyMap<string, Affine>;

/**
 * The affine under which activations with the statistics `now` come out as those with the statistics `source` come out
 * of the network as it was. For a BatchNormalization with the statistics that it remembers as `source`, that is the
 * BatchNormalization with the statistics `now`.
 */
export function affineFor(
  { source: { scale, shift }, epsilon }: Pick<Point, "source" | "epsilon">,
  source: Statistics,
  now: Statistics,
): Affine {
  const adapted = scale.map(
    (value, channel) => value * Math.sqrt((source.variance[channel]! + epsilon) / (now.variance[channel]! + epsilon)),
  );
  const moved = shift.map(
    (value, channel) => value + scale[channel]! * source.mean[channel]! - adapted[channel]! * now.mean[channel]!,
  );
  return { scale: adapted, shift: moved };
}
