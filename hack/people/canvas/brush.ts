import type { Canvas, Color, Region } from "./canvas.ts";
import { eachMirrored, eachTexel } from "./canvas.ts";
import { BELL_REACH, bell } from "./falloff.ts";

/** A soft spot: a bell around (x, y) with a radius along each axis, in head units. */
export type Spot = { x: number; y: number; rx: number; ry: number };

/** A spot is mirrored unless it lies on the midline. */
function eachUnder(canvas: Canvas, spot: Spot, visit: (index: number, weight: number) => void): void {
  const region = reach(spot);
  const weigh = (index: number, x: number, y: number): void => {
    const u = (x - spot.x) / spot.rx;
    const v = (y - spot.y) / spot.ry;
    const weight = bell(u * u + v * v);
    if (weight > 0) visit(index, weight);
  };
  if (spot.x === 0) eachTexel(canvas, region, weigh);
  else eachMirrored(canvas, region, weigh);
}

function reach(spot: Spot): Region {
  const dx = spot.rx * BELL_REACH;
  const dy = spot.ry * BELL_REACH;
  return { left: spot.x - dx, right: spot.x + dx, top: spot.y - dy, bottom: spot.y + dy };
}

/** Raises (or, below zero, sinks) the surface under a spot, on both sides of the face. */
export function raise(canvas: Canvas, spot: Spot, amount: number): void {
  if (amount === 0) return;
  eachUnder(canvas, spot, (index, weight) => {
    canvas.height[index]! += amount * weight;
  });
}

/** Multiplies the color under a spot by 1 + amount * channel, on both sides of the face. */
export function tint(canvas: Canvas, spot: Spot, amount: number, channels: Color): void {
  if (amount === 0) return;
  eachUnder(canvas, spot, (index, weight) => tintTexel(canvas, index, amount * weight, channels));
}

/** Makes the surface under a spot shine more. */
export function polish(canvas: Canvas, spot: Spot, amount: number): void {
  eachUnder(canvas, spot, (index, weight) => {
    canvas.gloss[index]! += amount * weight;
  });
}

/** Multiplies the color of one texel by 1 + amount * channel. */
export function tintTexel(canvas: Canvas, index: number, amount: number, channels: Color): void {
  canvas.red[index]! *= 1 + amount * channels[0];
  canvas.green[index]! *= 1 + amount * channels[1];
  canvas.blue[index]! *= 1 + amount * channels[2];
}

/** Lays a color over one texel. */
export function paintTexel(canvas: Canvas, index: number, color: Color, opacity: number): void {
  canvas.red[index]! += (color[0] - canvas.red[index]!) * opacity;
  canvas.green[index]! += (color[1] - canvas.green[index]!) * opacity;
  canvas.blue[index]! += (color[2] - canvas.blue[index]!) * opacity;
}

/** A color times a factor, or times a color. */
export function scaleColor(color: Color, factor: number | Color): Color {
  const [r, g, b] = typeof factor === "number" ? ([factor, factor, factor] as const) : factor;
  return [color[0] * r, color[1] * g, color[2] * b];
}

/** From one color to another. */
export function mixColor(from: Color, to: Color, t: number): Color {
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t];
}
