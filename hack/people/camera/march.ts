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
/** Where the rays of a pixel pass, from its middle. */
const RAYS = [-0.25, 0.25].flatMap((dy) => [-0.25, 0.25].map((dx) => ({ dx, dy })));

/** What a head offers to a ray: the lit surface (interleaved RGB over the canvas) and where it ends. */
export type LitHead = { canvas: Canvas; lit: Float32Array; extent: Region };

/**
 * Looks at a lit head: for each ray of a pixel, marches down to the relief, then halves the last step (relief mapping:
 * F. Policarpo and others, 2005). Pixels that the outline cuts are covered in part.
 */
export function lookAtHead(frame: Frame, { canvas, lit, extent }: LitHead, projection: Projection): void {
  const hit: Hit = { x: 0, y: 0, depth: NEAREST };
  const sum: [number, number, number] = [0, 0, 0];
  eachPixel(frame, boundsOf(projection, extent), (pixel, x, y) => {
    let hits = 0;
    sum.fill(0);
    for (const { dx, dy } of RAYS) {
      if (!castRay(canvas, projection, x + dx, y + dy, hit)) continue;
      hits++;
      for (let channel = 0; channel < 3; channel++) sum[channel]! += bilinear(lit, canvas, hit.x, hit.y, 3, channel);
    }
    if (hits > 0) coverPixel(frame, pixel, sum, 1 / hits, hits / RAYS.length);
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

/** Where a ray met the surface: in head units, and how near the camera along the ray. */
type Hit = { x: number; y: number; depth: number };

/**
 * Casts the ray of one point of the picture into a head. A hit nearby, left in `hit` by the ray before, says where to
 * begin. The innermost loop of the renderer: it keeps all in local numbers, which is why the steps are written out.
 */
function castRay(canvas: Canvas, { rotation, center, scale }: Projection, px: number, py: number, hit: Hit): boolean {
  const [[ax, ay, az], [bx, by, bz], [cx, cy, cz]] = rotation;
  const { columns, rows, texel, height } = canvas;
  const qx = (px - center[0]) / scale;
  const qy = (py - center[1]) / scale;
  const ux = ax * qx + bx * qy;
  const uy = ay * qx + by * qy;
  const uz = az * qx + bz * qy;
  const top = (NEAREST - uz) / cz;
  let depth = min(top, hit.depth + 3 * STRIDE);
  for (;;) {
    const narrow = narrowing(depth);
    const z = uz * narrow + cz * depth;
    if (z < FLOOR) {
      hit.depth = NEAREST;
      return false;
    }
    const column = floor((ux * narrow + cx * depth - BOUNDS.left) / texel);
    const row = floor((uy * narrow + cy * depth - BOUNDS.top) / texel);
    const inside = column >= 0 && column < columns && row >= 0 && row < rows;
    if (inside && height[row * columns + column]! >= z) {
      if (depth < hit.depth + 3 * STRIDE || depth === top) break;
      hit.depth = NEAREST;
      depth = top;
      continue;
    }
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
  hit.depth = depth;
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
