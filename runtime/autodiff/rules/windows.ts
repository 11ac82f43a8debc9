import type { Value } from "../../graph/expression.ts";
import type { Site } from "../site.ts";

/** How a window of a convolution or a pooling moves; one entry for each spatial axis, `pads` two. */
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

function padsOf(site: Site, x: Value, { kernel, strides, dilations }: Omit<Geometry, "pads">): readonly number[] {
  const automatic = site.string("auto_pad", "NOTSET");
  const none = [...kernel, ...kernel].map(() => 0);
  if (automatic === "NOTSET") return site.ints("pads") ?? none;
  if (automatic === "VALID") return none;
  const missing = site
    .dimsOf(x)
    .slice(2)
    .map((size, axis) => {
      if (typeof size !== "number") return site.fail(`auto_pad over a size that is not known (${size})`);
      const stride = strides[axis]!;
      const reach = (Math.ceil(size / stride) - 1) * stride + dilations[axis]! * (kernel[axis]! - 1) + 1;
      return Math.max(reach - size, 0);
    });
  const less = missing.map((pad) => Math.floor(pad / 2));
  const more = missing.map((pad) => Math.ceil(pad / 2));
  return automatic === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}
