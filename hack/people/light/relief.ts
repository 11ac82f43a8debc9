import { blurPlane } from "../canvas/blur.ts";
import type { Canvas } from "../canvas/canvas.ts";
import { clamp } from "../canvas/falloff.ts";

const { min, sqrt } = Math;

/** What light needs to know of a surface, whatever the light: its normals, its smoothed heights, and its hollows. */
export type Relief = {
  nx: Float32Array;
  ny: Float32Array;
  nz: Float32Array;
  /** Smoothed heights, for cast shadows. */
  height: Float32Array;
  /** How much of the surrounding light reaches a texel: 1 in the open, less in hollows. */
  openness: Float32Array;
};

/** Surroundings within this distance (head units) close a hollow off. */
const HOLLOW = 0.09;

/** Derives normals and openness from the heights. */
export function deriveRelief(canvas: Canvas): Relief {
  const { columns, rows, texel } = canvas;
  const plane = { data: canvas.height, columns, rows };
  const height = blurPlane(plane, min(1, 0.008 / texel + 0.5));
  const around = blurPlane(plane, HOLLOW / texel);
  const openness = new Float32Array(columns * rows);
  for (let index = 0; index < openness.length; index++) {
    openness[index] = clamp(1 - 2.2 * clamp(around[index]! - plane.data[index]!, 0, 0.3), 0.45, 1);
  }
  return { ...deriveNormals(height, columns, rows, texel), height, openness };
}

function deriveNormals(
  height: Float32Array,
  columns: number,
  rows: number,
  texel: number,
): Pick<Relief, "nx" | "ny" | "nz"> {
  const nx = new Float32Array(height.length);
  const ny = new Float32Array(height.length);
  const nz = new Float32Array(height.length).fill(1);
  for (let row = 1; row < rows - 1; row++) {
    for (let index = row * columns + 1; index < (row + 1) * columns - 1; index++) {
      const slopeX = (height[index + 1]! - height[index - 1]!) / (2 * texel);
      const slopeY = (height[index + columns]! - height[index - columns]!) / (2 * texel);
      const length = sqrt(slopeX * slopeX + slopeY * slopeY + 1);
      nx[index] = -slopeX / length;
      ny[index] = -slopeY / length;
      nz[index] = 1 / length;
    }
  }
  return { nx, ny, nz };
}
