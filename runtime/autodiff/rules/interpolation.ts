/** How Resize finds the place in the image that a place in its output comes from, along one axis. */
export interface Interpolation {
  readonly mode: "nearest" | "linear" | "cubic";
  /** coordinate_transformation_mode. */
  readonly transformation: string;
  /** nearest_mode. */
  readonly rounding: string;
  /** cubic_coeff_a. */
  readonly coefficient: number;
  /** Whether pixels outside are left out of a cubic mean, rather than repeated from the border. */
  readonly excludeOutside: boolean;
}

/** An axis of an image before and after Resize. */
export interface ResizedAxis {
  readonly size: number;
  readonly resized: number;
  /** resized / size, or what the model gives for it. */
  readonly scale: number;
}

type Taps = readonly (readonly [pixel: number, weight: number])[];

/** The weights with which pixels enter each place of the output; undefined where a mode is not known. */
export function interpolationRows(axis: ResizedAxis, how: Interpolation): readonly (readonly number[])[] | undefined {
  const { size, resized } = axis;
  const transform = transformations[how.transformation];
  if (transform === undefined) return undefined;
  const taps = tapsOf[how.mode];
  return Array.from({ length: resized }, (_, place) => {
    const row = Array<number>(size).fill(0);
    for (const [pixel, weight] of taps(transform(place, axis), how, size))
      row[Math.min(Math.max(pixel, 0), size - 1)]! += weight;
    return row;
  });
}

/** By coordinate_transformation_mode, in float32 as ONNX Runtime computes them. */
const transformations: Readonly<Record<string, (place: number, axis: ResizedAxis) => number>> = {
  half_pixel: (place, { scale }) => halfPixel(place, scale),
  pytorch_half_pixel: (place, { scale, resized }) => (resized > 1 ? halfPixel(place, scale) : 0),
  asymmetric: (place, { scale }) => Math.fround(place / Math.fround(scale)),
  align_corners: (place, { size, resized }) =>
    resized === 1 ? 0 : Math.fround(Math.fround(place * (size - 1)) / (resized - 1)),
  half_pixel_symmetric: (place, { size, resized, scale }) =>
    (size / 2) * (1 - resized / (scale * size)) + halfPixel(place, scale),
  tf_half_pixel_for_nn: (place, { scale }) => Math.fround((place + 0.5) / Math.fround(scale)),
};

const halfPixel = (place: number, scale: number): number =>
  Math.fround(Math.fround((place + 0.5) / Math.fround(scale)) - 0.5);

const roundings: Readonly<Record<string, (place: number) => number>> = {
  round_prefer_floor: (place) => Math.ceil(place - 0.5),
  round_prefer_ceil: (place) => Math.floor(place + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

const tapsOf: Readonly<Record<Interpolation["mode"], (at: number, how: Interpolation, size: number) => Taps>> = {
  nearest: (at, { rounding }) => [[(roundings[rounding] ?? Math.round)(at), 1]],
  linear: (at, _, size) => {
    const inside = Math.min(Math.max(at, 0), size - 1);
    const below = Math.floor(inside);
    return [
      [below, 1 - (inside - below)],
      [below + 1, inside - below],
    ];
  },
  cubic: (at, { coefficient, excludeOutside }, size) => {
    const below = Math.floor(at);
    const taps = [-1, 0, 1, 2].map((offset): readonly [number, number] => [
      below + offset,
      cubicWeight(Math.abs(at - below - offset), coefficient),
    ]);
    if (!excludeOutside) return taps;
    const inside = taps.filter(([pixel]) => pixel >= 0 && pixel < size);
    const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
    return inside.map(([pixel, weight]) => [pixel, weight / total]);
  },
};

/** R. Keys, Cubic convolution interpolation for digital image processing (1981), equation 4. */
function cubicWeight(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}
