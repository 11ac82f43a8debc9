import type { Network } from "../../crds/network.ts";
import type { CropRule } from "./crop.ts";
import type { FivePoints, Point } from "./geometry.ts";
import type { PixelFormat } from "./pack.ts";

/** How a network takes a picture, its decimals read. */
export function pixelFormatOf({ input }: Network): PixelFormat {
  const { width, height, layout, color } = input;
  return { width, height, layout, color, mean: channels(input.mean, 0), std: channels(input.std, 1) };
}

/** Which part of the frame a network sees, its decimals read. */
export function cropRuleOf({ crop }: Network): CropRule {
  switch (crop.type) {
    case "None":
      return { type: "None" };
    case "BoundingBox":
      return { type: "BoundingBox", margin: Number(crop.margin ?? 0) };
    case "Points":
      return { type: "Points", template: templateOf(crop.template ?? []) };
  }
}

function channels(values: readonly string[] | undefined, otherwise: number): [number, number, number] {
  const [first = otherwise, second = otherwise, third = otherwise] = (values ?? []).map(Number);
  return [first, second, third];
}

/** @throws RangeError for anything but five points. */
function templateOf(units: readonly (readonly string[])[]): FivePoints {
  const points = units.map(([x, y]): Point => ({ x: Number(x), y: Number(y) }));
  const [a, b, c, d, e] = points;
  if (points.length !== 5 || !a || !b || !c || !d || !e) {
    throw new RangeError(`crop.template has ${points.length} points: type Points needs five [x, y] pairs`);
  }
  return [a, b, c, d, e];
}
