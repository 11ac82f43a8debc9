import { FLOOR } from "../head/skull.ts";
import { BOUNDS, type Canvas, type Region } from "../canvas/canvas.ts";
import { coverPixel, eachPixel, type Frame } from "./frame.ts";
import { narrowing, project, type Projection } from "./view.ts";

const { floor, max, min } = Math;

/** No part of a head stands out further than this (head units). */
const NEAREST = 1.45;
/** Length of a coarse step along a ray, and how often the last one is halved. */
const STRIDE = 0.055;
const HALVINGS = 5;
/** Rays a pixel, as a square of this side. */
const RAYS = 2;

/** What a head offers to a ray: the lit surface (interleaved RGB over the canvas) and where it ends. */
export type LitHead = { canvas: Canvas; lit: Float32Array; extent: Region };

/**
 * Looks at a lit head: for each ray of a pixel, marches down to the relief, then halves the last step (relief mapping:
 * F. Policarpo and others, 2005). Pixels that the outline cuts are covered in part.
 */
export function lookAtHead(frame: Frame, { canvas, lit, extent }: LitHead, projection: Projection): void {
  const hit: Hit = { x: 0, y: 0 };
  eachPixel(frame, boundsOf(projection, extent), (pixel, x, y) => {
    let red = 0;
    let green = 0;
    let blue = 0;
    let hits = 0;
    for (let ray = 0; ray < RAYS * RAYS; ray++) {
      const dx = ((ray % RAYS) + 0.5) / RAYS - 0.5;
      const dy = (floor(ray / RAYS) + 0.5) / RAYS - 0.5;
      if (!castRay(canvas, projection, x + dx, y + dy, hit)) continue;
      hits++;
      red += bilinear(lit, canvas, hit.x, hit.y, 3, 0);
      green += bilinear(lit, canvas, hit.x, hit.y, 3, 1);
      blue += bilinear(lit, canvas, hit.x, hit.y, 3, 2);
    }
    if (hits > 0) coverPixel(frame, pixel, [red / hits, green / hits, blue / hits], hits / (RAYS * RAYS));
  });
}

function boundsOf(projection: Projection, extent: Region): Region {
  const corners = [extent.left, extent.right].flatMap((x) =>
    [extent.top, extent.bottom].flatMap((y) => [FLOOR, 0.6].map((z) => project(projection, [x, y, z]))),
  );
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: min(...xs), right: max(...xs), top: min(...ys), bottom: max(...ys) };
}

/** Where a ray met the surface, in head units. */
type Hit = { x: number; y: number };

/**
 * Casts the ray of one point of the picture into a head. The innermost loop of the renderer: it keeps everything in
 * local numbers, which is why the steps are written out.
 */
function castRay(canvas: Canvas, { rotation, center, scale }: Projection, px: number, py: number, hit: Hit): boolean {
  const [[ax, ay, az], [bx, by, bz], [cx, cy, cz]] = rotation;
  const { columns, rows, texel, height } = canvas;
  const qx = (px - center[0]) / scale;
  const qy = (py - center[1]) / scale;
  const ux = ax * qx + bx * qy;
  const uy = ay * qx + by * qy;
  const uz = az * qx + bz * qy;
  let depth = (NEAREST - uz) / cz;
  for (;;) {
    const narrow = narrowing(depth);
    const z = uz * narrow + cz * depth;
    if (z < FLOOR) return false;
    const column = floor((ux * narrow + cx * depth - BOUNDS.left) / texel);
    const row = floor((uy * narrow + cy * depth - BOUNDS.top) / texel);
    const inside = column >= 0 && column < columns && row >= 0 && row < rows;
    if (inside && height[row * columns + column]! >= z) break;
    depth -= STRIDE;
  }
  let step = STRIDE;
  for (let halving = 0; halving < HALVINGS; halving++) {
    step /= 2;
    const narrow = narrowing(depth + step);
    const surface = bilinear(
      height,
      canvas,
      ux * narrow + cx * (depth + step),
      uy * narrow + cy * (depth + step),
      1,
      0,
    );
    if (surface >= uz * narrow + cz * (depth + step)) depth += step;
  }
  const narrow = narrowing(depth);
  hit.x = ux * narrow + cx * depth;
  hit.y = uy * narrow + cy * depth;
  return true;
}

/** A value between four texels; `stride` values a texel. */
function bilinear(
  data: Float32Array,
  { columns, rows, texel }: Canvas,
  x: number,
  y: number,
  stride: number,
  offset: number,
): number {
  const u = min(columns - 1.001, max(0, (x - BOUNDS.left) / texel - 0.5));
  const v = min(rows - 1.001, max(0, (y - BOUNDS.top) / texel - 0.5));
  const column = floor(u);
  const row = floor(v);
  const at = (row * columns + column) * stride + offset;
  const below = at + columns * stride;
  const across = u - column;
  const top = data[at]! + (data[at + stride]! - data[at]!) * across;
  const bottom = data[below]! + (data[below + stride]! - data[below]!) * across;
  return top + (bottom - top) * (v - row);
}
