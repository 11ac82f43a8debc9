import { paintTexel, tintTexel } from "../canvas/brush.ts";
import { type Canvas, type Color, eachMirrored, rowAt } from "../canvas/canvas.ts";
import { bell, smoothstep } from "../canvas/falloff.ts";
import type { Glasses, Identity } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";
import type { Outline } from "./skull.ts";

/** Half width and half height of a lens, the exponent of its outline, and half the thickness of its rim. */
const LENSES: Record<Glasses["shape"], { rx: number; ry: number; square: number; rim: number }> = {
  round: { rx: 0.2, ry: 0.18, square: 2, rim: 0.011 },
  oval: { rx: 0.225, ry: 0.15, square: 2.3, rim: 0.014 },
  square: { rx: 0.24, ry: 0.13, square: 4, rim: 0.02 },
};

const SHADOW: Color = [-1, -1, -1];

/** Puts the glasses on: two rims, a bridge, the temples, and the shadow that they throw. */
export function putOnGlasses(canvas: Canvas, { glasses }: Identity, { eyeX }: Anchors, outline: Outline): void {
  if (glasses === null) return;
  const { rx, ry, square, rim } = LENSES[glasses.shape];
  const center = { x: Math.max(eyeX + 0.02, rx + 0.055), y: 0.03 };
  const head = outline.halfWidth[rowAt(canvas, 0)]!;
  eachMirrored(canvas, { left: 0, right: head, top: -0.24, bottom: 0.3 }, (index, x, y) => {
    const u = Math.abs(x - center.x) / rx;
    const v = Math.abs(y - center.y) / ry;
    const edge = Math.abs((u ** square + v ** square) ** (1 / square) - 1) * Math.min(rx, ry);
    const frame = Math.max(
      smoothstep(rim + 0.012, rim, edge),
      x < center.x - rx + 0.03 ? smoothstep(0.026, 0.014, Math.abs(y - center.y + 0.03 - 0.5 * x * x)) : 0,
      x > center.x + rx && x < 0.985 * head ? smoothstep(0.028, 0.016, Math.abs(y - center.y + 0.03)) : 0,
    );
    tintTexel(canvas, index, 0.22 * bell((edge / 0.05) ** 2) * (1 - frame), SHADOW);
    if (frame === 0) return;
    paintTexel(canvas, index, glasses.color, 0.97 * frame);
    canvas.gloss[index]! += frame;
    canvas.height[index]! += 0.02 * frame;
  });
}
