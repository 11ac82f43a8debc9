const { ceil, floor, max, min } = Math;

/**
 * The front of a head as a picture with relief: at each texel a height toward the viewer, a linear color, and how much
 * it shines. One head unit is about 93 mm; x points to the right of the picture, y down, z toward the viewer; the
 * origin lies between the eyes.
 */
export type Canvas = {
  columns: number;
  rows: number;
  /** Head units a texel. */
  texel: number;
  /** Heights in head units. */
  height: Float32Array;
  /** Linear light, 0 black, 1 white. */
  red: Float32Array;
  green: Float32Array;
  blue: Float32Array;
  /** 0 matte, 1 moist skin, more for eyes and glass. */
  gloss: Float32Array;
};

/** A rectangle in head units. */
export type Region = { left: number; right: number; top: number; bottom: number };

/** A linear color or a factor for each channel. */
export type Color = readonly [red: number, green: number, blue: number];

/** What a canvas covers: a head with the longest hair. */
export const BOUNDS: Region = { left: -1.4, right: 1.4, top: -1.6, bottom: 1.75 };

/** A blank canvas with the given number of texels a head unit. */
export function createCanvas(density: number): Canvas {
  const columns = ceil((BOUNDS.right - BOUNDS.left) * density);
  const rows = ceil((BOUNDS.bottom - BOUNDS.top) * density);
  const plane = (): Float32Array => new Float32Array(columns * rows);
  return {
    columns,
    rows,
    texel: 1 / density,
    height: plane(),
    red: plane(),
    green: plane(),
    blue: plane(),
    gloss: plane(),
  };
}

/** Visits the texels of a region, row by row. */
export function eachTexel(canvas: Canvas, region: Region, visit: (index: number, x: number, y: number) => void): void {
  const first = columnAt(canvas, region.left);
  const last = columnAt(canvas, region.right);
  const bottom = rowAt(canvas, region.bottom);
  for (let row = rowAt(canvas, region.top); row <= bottom; row++) {
    const y = BOUNDS.top + (row + 0.5) * canvas.texel;
    for (let column = first; column <= last; column++) {
      visit(row * canvas.columns + column, BOUNDS.left + (column + 0.5) * canvas.texel, y);
    }
  }
}

/**
 * Visits a region and its mirror image with one callback. The region is given for the right half of the picture; the
 * callback sees the distance from the midline.
 */
export function eachMirrored(
  canvas: Canvas,
  region: Region,
  visit: (index: number, x: number, y: number) => void,
): void {
  const inner = max(0, region.left);
  eachTexel(canvas, { ...region, left: inner }, visit);
  eachTexel(canvas, { ...region, left: -region.right, right: -inner }, (index, x, y) => visit(index, -x, y));
}

/**
 * Visits a region column by column, so that what depends on x alone (a lid, a lip) is worked out once a column. `enter`
 * gets the column's x and returns the visitor of its texels, or null to skip the column.
 */
export function eachColumn(
  canvas: Canvas,
  region: Region,
  enter: (x: number) => ((index: number, y: number) => void) | null,
): void {
  const top = rowAt(canvas, region.top);
  const bottom = rowAt(canvas, region.bottom);
  const last = columnAt(canvas, region.right);
  for (let column = columnAt(canvas, region.left); column <= last; column++) {
    const visit = enter(BOUNDS.left + (column + 0.5) * canvas.texel);
    if (visit === null) continue;
    for (let row = top; row <= bottom; row++) {
      visit(row * canvas.columns + column, BOUNDS.top + (row + 0.5) * canvas.texel);
    }
  }
}

/** The nearest column to an x, within the canvas. */
export function columnAt(canvas: Canvas, x: number): number {
  return clampIndex((x - BOUNDS.left) / canvas.texel, canvas.columns);
}

/** The nearest row to a y, within the canvas. */
export function rowAt(canvas: Canvas, y: number): number {
  return clampIndex((y - BOUNDS.top) / canvas.texel, canvas.rows);
}

/** The height at a point. */
export function heightAt(canvas: Canvas, x: number, y: number): number {
  return canvas.height[rowAt(canvas, y) * canvas.columns + columnAt(canvas, x)]!;
}

/** The smallest region that holds every texel above a height. */
export function extentAbove({ columns, rows, texel, height }: Canvas, floor: number): Region {
  let [left, right, top, bottom] = [columns, -1, rows, -1];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (height[row * columns + column]! < floor) continue;
      left = min(left, column);
      right = max(right, column);
      top = min(top, row);
      bottom = row;
    }
  }
  return {
    left: BOUNDS.left + left * texel,
    right: BOUNDS.left + (right + 1) * texel,
    top: BOUNDS.top + top * texel,
    bottom: BOUNDS.top + (bottom + 1) * texel,
  };
}

function clampIndex(position: number, count: number): number {
  return min(count - 1, max(0, floor(position)));
}
