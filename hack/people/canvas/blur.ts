/** One channel of a picture, row by row. */
export type Plane = { data: Float32Array; columns: number; rows: number };

/**
 * An approximate Gaussian blur: three boxes along each axis, as running sums, so that the cost does not depend on the
 * deviation (P. Kovesi, "Fast almost-Gaussian filtering", 2010; the ends of a box count in part, so that any deviation
 * is met exactly). Edges repeat. Returns a new array; `deviation` is in texels.
 */
export function blurPlane(plane: Plane, deviation: number): Float32Array {
  if (deviation <= 0) return plane.data.slice();
  const box = boxOf((deviation * deviation) / 3);
  const across = boxRows(boxRows(boxRows(plane, box), box), box);
  const turned = transpose(across);
  const down = boxRows(boxRows(boxRows(turned, box), box), box);
  return transpose(down).data;
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

function transpose(plane: Plane): Plane {
  const { data, columns, rows } = plane;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!;
  }
  return { data: turned, columns: rows, rows: columns };
}
