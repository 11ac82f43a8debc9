import { centerOf, squareAround, type Box, type FivePoints, type Point } from "./geometry.ts";
import { fitSimilarity, invert, type Similarity } from "./similarity.ts";

/** Sides of a network's input, in pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** Part of a picture that a network sees; numbers parsed from `spec.networks[].crop`. */
export type CropRule =
  | { readonly type: "None" }
  | { readonly type: "BoundingBox"; readonly margin: number }
  /** `template`: five points in units of the crop's sides. */
  | { readonly type: "Points"; readonly template: FivePoints };

/**
 * A box as a whole, upper left corner to upper left corner, so that its longer side fits; what remains on the right or
 * below shows what lies beyond the box, black beyond the picture.
 */
export function letterbox(box: Box, input: Sides): Similarity {
  return { a: Math.max(box.width / input.width, box.height / input.height), b: 0, x: box.x, y: box.y };
}

/** The square around a face; where the input is no square, its longer side shows more of the surroundings. */
export function cropBox(box: Box, margin: number, input: Sides): Similarity {
  const a = squareAround(box, margin).width / Math.min(input.width, input.height);
  const { x, y } = centerOf(box);
  return { a, b: 0, x: x - (a * input.width) / 2, y: y - (a * input.height) / 2 };
}

/** Five points of a face brought to a template, upright; undefined when the points coincide. */
export function cropPoints(points: FivePoints, template: FivePoints, input: Sides): Similarity | undefined {
  const wanted = template.map(({ x, y }): Point => ({ x: x * input.width, y: y * input.height }));
  const toInput = fitSimilarity(points, wanted);
  return toInput && invert(toInput);
}
