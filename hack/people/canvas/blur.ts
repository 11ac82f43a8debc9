/** One channel of a picture, row by row. */
export type Plane = { data: Float32Array; columns: number; rows: number };

/** A blur of less than this many texels is one box; a greater one needs three to look round. */
const SMALL = 0.8;

/**
 * An approximate Gaussian blur: boxes along each axis, as running sums, so that the cost does not depend on the
 * deviation (P. Kovesi, "Fast almost-Gaussian filtering", 2010; the ends of a box count in part, so that any deviation
 * is met exactly). Edges repeat. Returns a new array; `deviation` is in texels.
 */
export function blurPlane(plane: Plane, deviation: number): Float32Array {
  if (deviation <= 0) return plane.data.slice();
  const boxes = deviation < SMALL ? 1 : 3;
  const box = boxOf((deviation * deviation) / boxes);
  let blurred = plane;
  for (let pass = 0; pass < boxes; pass++) blurred = boxColumns(boxRows(blurred, box), box);
  return blurred.data;
}

/** Whole weights within `reach` of the middle, and a part of one at that distance. */
type Box = { reach: number; part: number };

/** The box of a given variance. */
function boxOf(variance: number): Box {
  const reach = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2) + 1;
  const whole = 2 * reach - 1;
  const squares = ((reach - 1) * reach * whole) / 3;
  return { reach, part: (variance * whole - squares) / (2 * (reach * reach - variance)) };
}

/** The mean over a box around each texel of a row. */
function boxRows(plane: Plane, { reach, part }: Box): Plane {
  const { data, columns, rows } = plane;
  const width = 2 * reach - 1 + 2 * part;
  const padded = new Float32Array(columns + 2 * reach);
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    padded.fill(data[start]!, 0, reach);
    padded.set(data.subarray(start, start + columns), reach);
    padded.fill(data[start + columns - 1]!, reach + columns);
    let whole = 0;
    for (let tap = 1; tap < 2 * reach; tap++) whole += padded[tap]!;
    for (let column = 0; column < columns; column++) {
      const first = padded[column]!;
      const last = padded[column + 2 * reach]!;
      result[start + column] = (whole + part * (first + last)) / width;
      whole += last - padded[column + 1]!;
    }
  }
  return { data: result, columns, rows };
}

/** The mean over a box around each texel of a column: all columns at once, row by row. */
function boxColumns({ data, columns, rows }: Plane, { reach, part }: Box): Plane {
  const width = 2 * reach - 1 + 2 * part;
  const result = new Float32Array(data.length);
  const whole = new Float64Array(columns);
  const startOf = (row: number): number => columns * Math.min(rows - 1, Math.max(0, row));
  for (let row = 1 - reach; row < reach; row++) {
    const start = startOf(row);
    for (let column = 0; column < columns; column++) whole[column]! += data[start + column]!;
  }
  for (let row = 0; row < rows; row++) {
    const [first, last, leaving] = [startOf(row - reach), startOf(row + reach), startOf(row - reach + 1)];
    for (let column = 0; column < columns; column++) {
      const entering = data[last + column]!;
      result[row * columns + column] = (whole[column]! + part * (data[first + column]! + entering)) / width;
      whole[column]! += entering - data[leaving + column]!;
    }
  }
  return { data: result, columns, rows };
}
