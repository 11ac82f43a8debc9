import type { NetworkOutput } from "../../../crds/network.ts";
import type { FivePoints, Point } from "../geometry.ts";
import { UnreadableOutput, type Tensor } from "./tensor.ts";

type Decoder = NonNullable<NetworkOutput["decoder"]>;

/** Reads five points in units of the crop's sides. */
export type PointDecoder = (tensors: readonly Tensor[]) => FivePoints;

/** Decoders of role Landmarks, by name. */
export const pointDecoders: Partial<Record<Decoder, PointDecoder>> = {
  Points68: decodePoints68,
  Points5: decodePoints5,
};

/** One tensor of 10 numbers: x and y of the five points in units of the crop. */
export function decodePoints5(tensors: readonly Tensor[]): FivePoints {
  const points = readPoints("Points5", tensors, 5);
  return [points[0]!, points[1]!, points[2]!, points[3]!, points[4]!];
}

/**
 * One tensor of 136 numbers: x and y of 68 points in units of the crop, in the order of the iBUG 300-W annotation. The
 * eyes are the means of their six points; nose tip and corners of the mouth are points 31, 49 and 55 (from 1).
 */
export function decodePoints68(tensors: readonly Tensor[]): FivePoints {
  const points = readPoints("Points68", tensors, 68);
  return [middle(points.slice(36, 42)), middle(points.slice(42, 48)), points[30]!, points[48]!, points[54]!];
}

function readPoints(decoder: string, tensors: readonly Tensor[], count: number): Point[] {
  const [tensor] = tensors;
  if (tensor?.data.length !== 2 * count || tensors.length !== 1) {
    const sizes = tensors.map(({ data }) => data.length).join(", ");
    throw new UnreadableOutput(decoder, `it takes one tensor of ${2 * count} numbers, not ${sizes}`);
  }
  return Array.from({ length: count }, (_, k) => ({ x: tensor.data[2 * k]!, y: tensor.data[2 * k + 1]! }));
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }));
  return { x: sum.x / points.length, y: sum.y / points.length };
}
