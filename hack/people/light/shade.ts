import { blurPlane } from "../canvas/blur.ts";
import type { Canvas, Color } from "../canvas/canvas.ts";
import { clamp, smoothstep } from "../canvas/falloff.ts";
import { ABYSS } from "../head/skull.ts";
import { intoHead, type Rotation, type Vector } from "../camera/rotation.ts";
import { lampColor, lampDirection, type Light } from "./light.ts";
import type { Relief } from "./relief.ts";

const { hypot, max, min, round, sqrt } = Math;

/** How far light wraps around the edge of the lit side: it travels furthest in skin when it is red. */
const WRAP: Color = [0.28, 0.16, 0.12];
const SKY: Color = [0.98, 1, 1.03];

/** Lights a turned head: ambient from above, a wrapped lamp with cast shadows, two lobes of gloss. Interleaved RGB. */
export function shadeHead(canvas: Canvas, relief: Relief, rotation: Rotation, light: Light): Float32Array {
  const lamp = intoHead(rotation, lampDirection(light));
  const up = intoHead(rotation, [0, -1, 0]);
  const half = normalize(add(lamp, intoHead(rotation, [0, 0, 1])));
  const shadow = castShadows(canvas, relief, lamp);
  const color = lampColor(light);
  const lit = new Float32Array(canvas.height.length * 3);
  for (let index = 0; index < canvas.height.length; index++) {
    if (canvas.height[index]! <= ABYSS) continue;
    const nx = relief.nx[index]!;
    const ny = relief.ny[index]!;
    const nz = relief.nz[index]!;
    const open = relief.openness[index]!;
    const facing = nx * lamp[0] + ny * lamp[1] + nz * lamp[2];
    const skyward = 0.65 + 0.35 * (0.5 + 0.5 * (nx * up[0] + ny * up[1] + nz * up[2]));
    const ambient = light.ambient * skyward * open;
    const key = light.key * shadow[index]! * sqrt(open);
    const shine = gloss(nx * half[0] + ny * half[1] + nz * half[2]) * canvas.gloss[index]! * light.key * shadow[index]!;
    lit[index * 3] = canvas.red[index]! * (ambient * SKY[0] + key * color[0] * wrap(facing, WRAP[0])) + shine;
    lit[index * 3 + 1] = canvas.green[index]! * (ambient * SKY[1] + key * color[1] * wrap(facing, WRAP[1])) + shine;
    lit[index * 3 + 2] = canvas.blue[index]! * (ambient * SKY[2] + key * color[2] * wrap(facing, WRAP[2])) + shine;
  }
  return lit;
}

function wrap(facing: number, reach: number): number {
  return clamp((facing + reach) / (1 + reach), 0, 1);
}

/** A broad and a narrow highlight: the 14th and the 42nd power of the half vector's cosine. */
function gloss(cosine: number): number {
  if (cosine < 0.6) return 0;
  const p2 = cosine * cosine;
  const p7 = p2 * p2 * p2 * cosine;
  const p14 = p7 * p7;
  return 0.05 * p14 + 0.06 * p14 * p14 * p14;
}

const SHADOW_STEPS = 10;
const SHADOW_STRIDE = 0.0375;

/** How much of the lamp reaches each texel: a short march over the relief toward it, at half the resolution. */
function castShadows(canvas: Canvas, relief: Relief, lamp: Vector): Float32Array {
  const { columns, rows, texel } = canvas;
  const result = new Float32Array(columns * rows).fill(1);
  if (lamp[2] <= 0.05) return result;
  const half = { columns: columns >> 1, rows: rows >> 1 };
  const blocked = new Float32Array(half.columns * half.rows);
  for (let row = 0; row < half.rows; row++) {
    for (let column = 0; column < half.columns; column++) {
      const start = relief.height[2 * row * columns + 2 * column]!;
      if (start < -0.3) continue;
      let most = 0;
      for (let step = 1; step <= SHADOW_STEPS; step++) {
        const distance = SHADOW_STRIDE * step;
        const x = round(2 * column + (distance * lamp[0]) / texel);
        const y = round(2 * row + (distance * lamp[1]) / texel);
        if (x < 0 || x >= columns || y < 0 || y >= rows) break;
        most = max(most, (relief.height[y * columns + x]! - start - distance * lamp[2]) / distance);
      }
      blocked[row * half.columns + column] = most;
    }
  }
  const soft = blurPlane({ data: blocked, ...half }, 0.9);
  for (let row = 0; row < rows; row++) {
    const line = min(half.rows - 1, row >> 1) * half.columns;
    for (let column = 0; column < columns; column++) {
      const most = soft[line + min(half.columns - 1, column >> 1)]!;
      if (most > 0) result[row * columns + column] = 1 - 0.8 * smoothstep(0, 0.35, most);
    }
  }
  return result;
}

function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function normalize(vector: Vector): Vector {
  const length = hypot(...vector);
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}
