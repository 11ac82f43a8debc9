import { mixColor, paintTexel, scaleColor, tintTexel } from "../canvas/brush.ts";
import { type Canvas, type Color, eachColumn } from "../canvas/canvas.ts";
import { bell, clamp, mix, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";

const { abs, atan2, hypot, max, min, sin } = Math;

const SCLERA: Color = [0.62, 0.585, 0.565];
const CARUNCLE: Color = [0.45, 0.16, 0.14];
const PUPIL: Color = [0.004, 0.004, 0.004];
const CATCHLIGHT: Color = [1.5, 1.5, 1.5];
const LASH: Color = [0.012, 0.009, 0.008];
const LID_SHADE: Color = [-0.75, -1, -1];

/** One column through an eye: u outward from the pupil (k in half widths); v is downward from the eye's axis. */
type Column = { u: number; k: number; upper: number; lower: number; rise: number };

/** Paints both eyes with their lids and lashes. */
export function paintEyes(canvas: Canvas, identity: Identity, { eyeX }: Anchors, movement: Movement): void {
  const half = 0.162 * identity.eyes.size;
  for (const side of [-1, 1]) {
    const center = side * eyeX;
    const region = { left: center - half * 1.6, right: center + half * 1.6, top: -0.3, bottom: 0.24 };
    eachColumn(canvas, region, (x) => {
      const column = lidsAt(identity, movement, side * x - eyeX, half);
      const glint = x - center;
      return (index, y) => {
        const v = y + identity.eyes.tilt * column.u;
        foldLids(canvas, index, column, v, identity, movement);
        const inside = openness(column, v);
        if (inside > 0) {
          paintTexel(canvas, index, eyeball(identity, column, v, half, glint), inside);
          canvas.gloss[index]! *= 1 - inside;
        }
        paintLashes(canvas, index, column, v, identity);
      };
    });
  }
}

/** The lids over one column: two skewed arcs that meet at the corners. */
function lidsAt({ eyes }: Identity, movement: Movement, u: number, half: number): Column {
  const { wide, squint, lowerLid, innerBrow, outerBrow } = movement;
  const k = clamp(u / half, -1, 1);
  const arc = 1 - k * k;
  const rise = clamp(1 - (k - eyes.skew * arc) ** 2, 0, 1) ** 0.72;
  const sag = clamp(1 - (k - 0.15 * arc) ** 2, 0, 1) ** 0.9;
  const open = eyes.opening * (1 + 0.45 * wide - 0.42 * squint);
  const sad = max(0, innerBrow) * clamp(-outerBrow, 0, 1);
  const slant = 1 - 0.25 * sad * (k + 0.2) + 0.12 * max(0, -innerBrow) * (k - 0.1);
  const lower = 0.042 * (1 + 0.12 * wide - 0.55 * lowerLid - 0.2 * squint) * min(1.1, eyes.opening);
  return { u, k: u / half, upper: -0.07 * open * eyes.size * slant * rise, lower: lower * eyes.size * sag, rise };
}

function openness({ k, upper, lower }: Column, v: number): number {
  const ends = smoothstep(1.03, 0.97, abs(k));
  return smoothstep(-0.007, 0.007, v - upper) * smoothstep(0.007, -0.007, v - lower) * ends;
}

/** The crease above the lid, the lid's own shade, and the bag below. */
function foldLids(
  canvas: Canvas,
  index: number,
  { k, upper, lower, rise }: Column,
  v: number,
  { eyes, age }: Identity,
  { lowerLid }: Movement,
): void {
  const width = abs(k);
  const fold = upper - 0.035 - 0.02 * (1 - eyes.hood) - 0.012 * rise;
  const crease = 0.4 * bell(((v - fold) / 0.011) ** 2) * smoothstep(1.25, 0.95, width);
  const lid = width < 1 ? 0.12 * smoothstep(0, 0.02, upper - v) * smoothstep(0.06, 0.03, upper - v) : 0;
  const puff = (0.1 + 0.3 * lowerLid + 0.25 * age) * bell(((v - lower - 0.035) / 0.012) ** 2);
  tintTexel(canvas, index, crease + lid + puff * smoothstep(1.1, 0.6, width), LID_SHADE);
}

/** The color of the eyeball: white, iris with its dark ring, pupil, the shadow of the lid, and a glint. */
function eyeball({ eyes, seed }: Identity, column: Column, v: number, half: number, glint: number): Color {
  const { u, k, upper } = column;
  const radius = 0.069 * min(1.06, 0.5 + 0.5 * eyes.size);
  const distance = hypot(u, v + 0.008);
  const lidShadow = smoothstep(0, 0.045, v - upper);
  let color = scaleColor(SCLERA, (1 - 0.4 * abs(clamp(k, -1, 1)) ** 2.5) * mix(0.4, 1, lidShadow));
  color = mixColor(color, CARUNCLE, 0.7 * smoothstep(-half * 0.84, -half, u));
  if (distance < radius + 0.008) {
    const iris = scaleColor(eyes.iris, irisLight(u, v, distance / radius, seed) * mix(0.5, 1, lidShadow));
    color = mixColor(color, iris, smoothstep(radius + 0.006, radius - 0.008, distance));
    color = mixColor(color, PUPIL, smoothstep(0.46 * radius, 0.36 * radius, distance));
  }
  return mixColor(color, CATCHLIGHT, 0.95 * bell(((glint + 0.022) / 0.013) ** 2 + ((v + 0.03) / 0.013) ** 2));
}

/** The brightness within an iris: rays, a lit lower half, a dark outer ring. */
function irisLight(u: number, v: number, part: number, seed: number): number {
  const angle = atan2(v, u);
  const rays = 0.16 * sin(angle * 23 + seed) + 0.1 * sin(angle * 37 + 2 * seed);
  const lit = v > -0.02 ? 0.55 * smoothstep(0.2, 1, part) : 0;
  return (0.85 + lit + rays) * (1 - 0.75 * smoothstep(0.78, 1, part));
}

function paintLashes(canvas: Canvas, index: number, column: Column, v: number, { eyes, skin }: Identity): void {
  const { k, upper, lower } = column;
  const width = abs(k);
  const breadth = 0.01 + 0.016 * eyes.liner;
  const upperLash = bell(((v - upper + 0.003) / breadth) ** 2) * smoothstep(1.1, 0.98, width);
  paintTexel(canvas, index, LASH, 0.92 * upperLash * (0.6 + 0.4 * smoothstep(-1, 0.6, k)));
  const lowerLash = bell(((v - lower - 0.002) / 0.008) ** 2) * smoothstep(1.02, 0.9, width);
  paintTexel(canvas, index, scaleColor(skin.color, [0.3, 0.17, 0.15]), 0.5 * lowerLash);
}
