import { scramble } from "./random.ts";

const { floor, imul } = Math;

/** A smooth random surface: about zero mean and unit deviation, defined everywhere. */
export type Noise = (x: number, y: number) => number;

/** How fine a noise is: cells per unit along each axis, and how many octaves of half the size are added. */
export type Grain = { x: number; y: number; octaves?: number };

/**
 * Value noise on a hashed lattice with cubic easing (K. Perlin, "Improving noise", 2002, for the easing). No table is
 * kept: a point costs four hashes an octave, so a feature pays only for the region that it covers.
 */
export function createNoise(seed: number, grain: Grain): Noise {
  const octaves = grain.octaves ?? 1;
  const salt = scramble(seed ^ 0x51ed270b);
  return (x, y) => {
    let sum = 0;
    let amplitude = 2.3;
    let scale = 1;
    for (let octave = 0; octave < octaves; octave++) {
      sum += amplitude * lattice(salt + octave * 0x3779b9, x * grain.x * scale, y * grain.y * scale);
      amplitude *= 0.5;
      scale *= 2;
    }
    return sum;
  };
}

/** One octave, in [-1, 1]. */
function lattice(salt: number, x: number, y: number): number {
  const column = floor(x);
  const row = floor(y);
  const u = ease(x - column);
  const v = ease(y - row);
  const top = corner(salt, column, row);
  const bottom = corner(salt, column, row + 1);
  const upper = top + (corner(salt, column + 1, row) - top) * u;
  const lower = bottom + (corner(salt, column + 1, row + 1) - bottom) * u;
  return upper + (lower - upper) * v;
}

const ease = (t: number): number => t * t * (3 - 2 * t);

function corner(salt: number, column: number, row: number): number {
  let bits = (salt ^ imul(column, 0x27d4eb2d) ^ imul(row, 0x165667b1)) | 0;
  bits = imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2147483648 - 1;
}
