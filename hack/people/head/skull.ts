import { raise } from "../canvas/brush.ts";
import { BOUNDS, type Canvas, eachMirrored, rowAt } from "../canvas/canvas.ts";
import { bell, clamp, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity, Skull } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";

const { abs, hypot, max, min, round } = Math;

/** What lies lower than this is no surface: rays pass. */
export const FLOOR = -0.15;

/** The height where there is nothing; far enough below the floor that the edge between is steep. */
export const ABYSS = -0.6;

/** Half the width of the bare head at each row of the canvas; 0 above the crown and below the chin. */
export type Outline = { halfWidth: Float32Array };

/** How steeply the surface falls beyond the outline. */
const FALL = 8;

/** Lays the bare head: a superellipse at each row, whose width and depth follow the skull. */
export function sculptSkull(canvas: Canvas, identity: Identity, anchors: Anchors): Outline {
  const halfWidth = new Float32Array(canvas.rows);
  const section = crossSection();
  for (let row = 0; row < canvas.rows; row++) {
    const y = BOUNDS.top + (row + 0.5) * canvas.texel;
    const half = halfWidthAt(identity, anchors.chin, y);
    halfWidth[row] = half;
    layRow(canvas, row, half, depthAt(identity, anchors.chin, y), section);
  }
  return { halfWidth };
}

function layRow(canvas: Canvas, row: number, half: number, depth: number, section: Float32Array): void {
  for (let column = 0; column < canvas.columns; column++) {
    const x = abs(BOUNDS.left + (column + 0.5) * canvas.texel);
    const beyond = FALL * max(0, x - half);
    const q = half > 0 ? min(1, x / half) : 1;
    const surface = depth > 0 ? depth * section[round(q * SECTION_STEPS)]! : depth;
    canvas.height[row * canvas.columns + column] = max(ABYSS, surface - beyond);
  }
}

/** Half the width of the bare head at a height: cheekbones stand out, temples sink in. */
export function halfWidthAt({ skull }: Identity, chin: number, y: number): number {
  const part = y >= 0 ? y / chin : -y / skull.crown;
  if (part >= 1) return 0;
  const bones = 0.025 * (bell(((y - 0.22) / 0.17) ** 2) - bell(((y + 0.16) / 0.12) ** 2));
  return skull.width * ((y >= 0 ? jawShape(skull, part) : crownShape(part)) + bones);
}

function jawShape({ jaw, square }: Skull, part: number): number {
  return (1 - (1 - jaw) * part ** 1.4) * (1 - part ** square) ** (1 / square);
}

function crownShape(part: number): number {
  return (1 + 0.08 * smoothstep(0, 0.5, part)) * (1 - part ** 2.4) ** (1 / 2.3);
}

/** How far the midline stands out at a height; below zero beyond the crown and the chin. */
function depthAt({ skull }: Identity, chin: number, y: number): number {
  const part = y >= 0 ? y / chin : -y / skull.crown;
  const length = y >= 0 ? chin : skull.crown;
  if (part >= 1) return -FALL * (part - 1) * length;
  return y >= 0 ? 0.94 * (1 - part ** 7) ** 0.4 : 0.94 * (1 - part ** 2.6) ** 0.5;
}

const SECTION_STEPS = 2048;

/** The cross-section of a head from the midline (0) to its side (1). */
function crossSection(): Float32Array {
  return Float32Array.from(
    { length: SECTION_STEPS + 1 },
    (_, step) => (1 - (step / SECTION_STEPS) ** 2.5) ** (1 / 2.1),
  );
}

/** Shapes sockets, brow ridge, temples, cheeks, and chin. */
export function sculptFace(canvas: Canvas, identity: Identity, anchors: Anchors, movement: Movement): void {
  const { skull, brows, eyes, masculine } = identity;
  const { eyeX, chin } = anchors;
  raise(canvas, { x: eyeX, y: -0.02, rx: 0.2, ry: 0.12 }, -0.075);
  raise(canvas, { x: 0.155, y: -0.03, rx: 0.065, ry: 0.08 }, -0.06);
  raise(canvas, { x: eyeX, y: 0, rx: 0.13, ry: 0.085 }, 0.06 * eyes.size);
  raise(canvas, { x: 0.26, y: brows.y + 0.02, rx: 0.22, ry: 0.06 }, 0.018 + 0.03 * masculine);
  raise(canvas, { x: 0.62, y: -0.22, rx: 0.1, ry: 0.14 }, -0.02);
  raise(canvas, { x: 0.46, y: 0.25, rx: 0.17, ry: 0.13 }, skull.cheekbone);
  raise(canvas, { x: 0.5, y: 0.5, rx: 0.14, ry: 0.18 }, -skull.hollow);
  raise(canvas, { x: 0.42, y: 0.62, rx: 0.2, ry: 0.2 }, skull.fullness);
  raise(canvas, { x: 0.4, y: 0.3, rx: 0.15, ry: 0.11 }, 0.075 * movement.cheek);
  raise(canvas, { x: 0, y: chin - 0.13, rx: 0.17, ry: 0.1 }, 0.065);
}

/** Adds the ears: two shells that flare back from the sides of the head. Paints nothing. */
export function sculptEars(canvas: Canvas, identity: Identity, outline: Outline): void {
  const size = identity.skull.ears;
  const root = outline.halfWidth[rowAt(canvas, 0.1)]!;
  const center = { x: root + 0.03 * size, y: 0.09 };
  const radius = { x: 0.1 * size, y: 0.23 * size };
  const region = {
    left: root - 0.06,
    right: center.x + radius.x,
    top: center.y - radius.y,
    bottom: center.y + radius.y,
  };
  eachMirrored(canvas, region, (index, x, y) => {
    const lobe = 1 - 0.25 * smoothstep(0, radius.y, y - center.y);
    const distance = hypot((x - center.x) / (radius.x * lobe), (y - center.y) / radius.y);
    if (distance > 1) return;
    const bowl = 0.05 * bell((distance / 0.45) ** 2);
    const rim = 0.05 * bell(((distance - 0.8) / 0.13) ** 2) - 0.25 * smoothstep(0.88, 1, distance);
    const shell = 0.06 - 0.9 * clamp(x - root, -0.1, 0.3) - bowl + rim;
    canvas.height[index] = max(canvas.height[index]!, shell);
  });
}
