import { mixColor, paintTexel, raise, scaleColor, tint } from "../canvas/brush.ts";
import { type Canvas, type Color, eachColumn } from "../canvas/canvas.ts";
import { bell, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import { createNoise, type Noise } from "../random/noise.ts";
import { deriveSeed } from "../random/random.ts";
import type { Anchors } from "./anchors.ts";
import { type Lips, lipsAt } from "./lips.ts";

const { abs, max, min } = Math;

const LIPSTICK: Color = [0.36, 0.06, 0.07];
const THROAT: Color = [0.035, 0.008, 0.008];
const TONGUE: Color = [0.2, 0.045, 0.045];
const TOOTH: Color = [0.68, 0.64, 0.56];

/** Shapes the lips, the groove under them, and the hollows at their corners. */
export function sculptMouth(canvas: Canvas, anchors: Anchors, movement: Movement): void {
  const { mouthY, jawDrop, cornerX, cornerY } = anchors;
  const center = mouthY + 0.5 * jawDrop;
  const below = center + 0.5 * jawDrop;
  raise(canvas, { x: 0, y: mouthY - 0.045, rx: 0.22, ry: 0.045 }, 0.035);
  raise(canvas, { x: 0, y: below + 0.055, rx: 0.17, ry: 0.05 }, 0.045 + 0.03 * movement.pout);
  raise(canvas, { x: 0, y: below + 0.155, rx: 0.17, ry: 0.045 }, -0.035);
  raise(canvas, { x: 0, y: mouthY - 0.1, rx: 0.03, ry: 0.06 }, -0.012);
  raise(canvas, { x: cornerX + 0.04, y: cornerY, rx: 0.05, ry: 0.06 }, -0.02);
}

/** Paints lips, what shows between them, and the shadows around. */
export function paintMouth(canvas: Canvas, identity: Identity, anchors: Anchors, movement: Movement): void {
  const { jawDrop, mouthY, cornerX, cornerY } = anchors;
  tint(canvas, { x: 0, y: mouthY + jawDrop + 0.15, rx: 0.16, ry: 0.04 }, -0.18, [0.8, 1, 1]);
  const grain = createNoise(deriveSeed(identity.seed, 5), { x: 20, y: 5 });
  const lip = lipColor(identity);
  const line = scaleColor(identity.skin.color, [0.16, 0.06, 0.06]);
  const reach = cornerX * 1.15;
  const region = { left: -reach, right: reach, top: mouthY - 0.35, bottom: mouthY + jawDrop + 0.3 };
  eachColumn(canvas, region, (x) => {
    const lips = lipsAt(identity, anchors, movement, abs(x));
    const column = { lips, x, movement, ends: smoothstep(1.04, 0.96, lips.part) };
    return (index, y) => {
      paintLips(canvas, index, y, column, lip, grain, identity.mouth.paint);
      const gap = paintGap(canvas, index, y, column);
      const closed = smoothstep(1.08, 0.97, lips.part) * (1 - min(1, 2 * gap));
      paintTexel(canvas, index, line, 0.8 * closed * bell(((y - lips.middle) / 0.01) ** 2));
    };
  });
  const corner = { x: cornerX, y: cornerY, rx: 0.028, ry: 0.028 };
  tint(canvas, corner, -(0.2 + 0.3 * max(0, movement.smile)), [0.8, 1, 1]);
}

type Column = { lips: Lips; x: number; movement: Movement; ends: number };

function lipColor({ skin, mouth }: Identity): Color {
  const bare = scaleColor(skin.color, [0.82, 0.5, 0.5]);
  return mixColor(bare, scaleColor(LIPSTICK, 1.15 - 0.6 * skin.tone), mouth.paint);
}

function paintLips(
  canvas: Canvas,
  index: number,
  y: number,
  { lips, x, ends }: Column,
  color: Color,
  grain: Noise,
  paint: number,
): void {
  if (ends === 0 || y < lips.upperOuter - 0.02 || y > lips.lowerOuter + 0.02) return;
  const upper = smoothstep(-0.012, 0.012, y - lips.upperOuter) * smoothstep(0.006, -0.006, y - lips.middle);
  const lower = smoothstep(-0.006, 0.006, y - lips.middle) * smoothstep(0.012, -0.012, y - lips.lowerOuter);
  const cover = max(upper, lower) * ends;
  const light = (1 + 0.06 * grain(x, y)) * (y < lips.middle ? 0.78 : 1);
  paintTexel(canvas, index, scaleColor(color, light), 0.9 * cover);
  canvas.gloss[index]! += cover * (0.5 + 0.8 * paint);
  canvas.height[index]! += 0.02 * cover;
}

/** Paints teeth, tongue and dark where the lips part; returns how open this texel is. */
function paintGap(canvas: Canvas, index: number, y: number, { lips, x, movement, ends }: Column): number {
  const height = lips.lowerInner - lips.upperInner;
  if (ends === 0 || height < 0.004) return 0;
  const depth = y - lips.upperInner;
  const gap = smoothstep(0, 0.012, depth) * smoothstep(0, -0.012, y - lips.lowerInner) * ends;
  if (gap === 0) return 0;
  const bared = teethAt(lips, movement, y);
  const tongue = movement.open > 0.1 ? 0.8 * smoothstep(0.35, 0.9, depth / height) : 0;
  paintTexel(canvas, index, mixColor(mixColor(THROAT, TONGUE, tongue), toothColor(lips, x, depth), bared), gap);
  canvas.gloss[index]! *= 1 - gap;
  canvas.height[index]! -= 0.05 * gap * (1 - 0.7 * bared);
  return gap;
}

/** How much of a tooth covers a point between the lips. */
function teethAt(lips: Lips, { teeth, lowerTeeth, open }: Movement, y: number): number {
  const depth = y - lips.upperInner;
  const length = min(0.095, 0.9 * (lips.lowerInner - lips.upperInner));
  const upper = teeth * smoothstep(length, length - 0.015, depth) * smoothstep(0.95, 0.78, lips.part);
  const lower = lowerTeeth * smoothstep(0.045, 0.03, lips.lowerInner - y) * smoothstep(0.9, 0.7, lips.part);
  const edge = open > 0.2 && teeth < 0.1 ? 0.55 * smoothstep(0.035, 0.02, depth) * smoothstep(0.8, 0.6, lips.part) : 0;
  return min(1, max(0, upper, lower, edge));
}

function toothColor({ part }: Lips, x: number, depth: number): Color {
  const seam = abs(((((x / 0.052) % 1) + 1) % 1) - 0.5) > 0.455 ? 0.75 : 1;
  const arch = 1 - 0.45 * min(1, part) ** 2;
  return scaleColor(TOOTH, seam * arch * (0.55 + 0.45 * smoothstep(0, 0.03, depth)));
}
