import type { Value } from "../../graph/expression.ts";
import type { Site } from "../site.ts";

/** How a window of a convolution or a pooling moves over an image; one entry for each spatial axis, `pads` two. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All beginnings, then all ends. */
  readonly pads: readonly number[];
}

/** The geometry of an application over `x`, with `auto_pad` made explicit. */
export function geometryOf(site: Site, x: Value, kernel: readonly number[]): Geometry {
  const ones = kernel.map(() => 1);
  const strides = site.ints("strides") ?? ones;
  const dilations = site.ints("dilations") ?? ones;
  return { kernel, strides, dilations, pads: padsOf(site, x, { kernel, strides, dilations }) };
}

/** The pixels from the first to behind the last that a window covers. */
export const extentOf = ({ kernel, dilations }: Pick<Geometry, "kernel" | "dilations">, axis: number): number =>
  dilations[axis]! * (kernel[axis]! - 1) + 1;

/** Below this many channels the pixels of one offset make too narrow a matrix. */
export const fewestChannels = 16;

/** All offsets within a window, in row-major order. */
export function offsetsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, place) => [...offset, place])),
    [[]],
  );
}

function padsOf(site: Site, x: Value, windows: Omit<Geometry, "pads">): readonly number[] {
  const automatic = site.string("auto_pad", "NOTSET");
  const none = [...windows.kernel, ...windows.kernel].map(() => 0);
  if (automatic === "NOTSET") return site.ints("pads") ?? none;
  if (automatic === "VALID") return none;
  const missing = site.sizesOf(x, 2).map((size, axis) => {
    const stride = windows.strides[axis]!;
    return Math.max((Math.ceil(size / stride) - 1) * stride + extentOf(windows, axis) - size, 0);
  });
  const less = missing.map((pad) => Math.floor(pad / 2));
  const more = missing.map((pad) => Math.ceil(pad / 2));
  return automatic === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}
