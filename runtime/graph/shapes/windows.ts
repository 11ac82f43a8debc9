import type { Dim } from "../type.ts";
import type { Node } from "./node.ts";

/** How windows move over the spatial axes of a tensor, as the attributes of convolutions and pools have it. */
export interface Windows {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Undefined where auto_pad says it. */
  readonly pads: readonly number[] | undefined;
  readonly autoPad: string;
  readonly ceil: boolean;
  /** Whether they are a pool's: ONNX Runtime counts the places of these otherwise than those of a convolution. */
  readonly pool: boolean;
}

/** The windows of a node over this many spatial axes. @throws {GraphError} where an attribute has another length. */
export function windowsOf(node: Node, kernel: readonly Dim[], { pool = false } = {}): Windows {
  const rank = kernel.length;
  const list = (name: string, length: number, fallback: number, least: number): readonly number[] => {
    const given = node.ints(name);
    if (given === undefined) return Array.from({ length }, () => fallback);
    if (given.length !== length)
      return node.fail(`${name} [${given.join(", ")}] must have ${length} numbers for ${node.describe(0)}`);
    const bad = given.find((number) => number < least);
    return bad === undefined ? given : node.fail(`${name} [${given.join(", ")}] must be at least ${least}`);
  };
  const autoPad = node.text("auto_pad", "NOTSET");
  return {
    kernel,
    strides: list("strides", rank, 1, 1),
    dilations: list("dilations", rank, 1, 1),
    pads: autoPad === "NOTSET" ? list("pads", 2 * rank, 0, Number.NEGATIVE_INFINITY) : undefined,
    autoPad,
    ceil: node.int("ceil_mode", 0) !== 0,
    pool,
  };
}

/** How many places windows have along each spatial axis of `sizes`; sizes by name are taken to have room for one. */
export const placesOf = (node: Node, sizes: readonly Dim[], windows: Windows): readonly Dim[] =>
  sizes.map((size, axis) => node.named(places(node, size, axis, windows)));

function places(node: Node, size: Dim, axis: number, windows: Windows): Dim | undefined {
  const { sizes } = node;
  const stride = windows.strides[axis]!;
  if (windows.autoPad.startsWith("SAME"))
    return windows.pool && isDilated(windows, axis) ? undefined : sizes.ceilDivide(size, stride);
  const [before, after] = [windows.pads?.[axis] ?? 0, windows.pads?.[axis + windows.kernel.length] ?? 0];
  const extent = extentOf(node, windows, axis);
  const padded = sizes.add(size, before + after);
  const room = padded === undefined || extent === undefined ? undefined : sizes.subtract(padded, extent);
  if (room === undefined) return undefined;
  if (typeof room === "number" && room < 0) {
    // A pool's window may stick out by less than a stride: the quotient is cut off towards 0.
    if (windows.pool && room > -stride) return 1;
    return node.fail(`a window of ${extent} does not fit into ${size} with pads ${before} and ${after}`);
  }
  if (!windows.ceil) return plusOne(node, sizes.floorDivide(room, stride));
  return roundedUp(node, { size, room, before, after, stride, extent });
}

/** A window that begins in the padding after the end does not count. */
function roundedUp(
  node: Node,
  at: { size: Dim; room: Dim; before: number; after: number; stride: number; extent: Dim | undefined },
): Dim | undefined {
  const count = plusOne(node, node.sizes.ceilDivide(at.room, at.stride));
  if (typeof at.size === "number" && typeof count === "number")
    return (count - 1) * at.stride >= at.size + at.before ? count - 1 : count;
  const neverBeyond = typeof at.extent === "number" && at.after + at.stride <= at.extent;
  return neverBeyond ? count : undefined;
}

/** ONNX Runtime pads windows of pools that are dilated as if they were not. */
const isDilated = ({ kernel, dilations }: Windows, axis: number): boolean =>
  kernel[axis] !== 1 && dilations[axis] !== 1;

/** The pixels from the first to the last of a window. */
export function extentOf(node: Node, { kernel, dilations }: Windows, axis: number): Dim | undefined {
  const last = node.sizes.subtract(kernel[axis]!, 1);
  return plusOne(node, last === undefined ? undefined : node.sizes.multiply(last, dilations[axis]!));
}

const plusOne = (node: Node, size: Dim | undefined): Dim | undefined =>
  size === undefined ? undefined : node.sizes.add(size, 1);
