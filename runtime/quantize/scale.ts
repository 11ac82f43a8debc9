/** The least and the greatest value that a tensor takes, in float32. */
export interface Range {
  readonly lowest: number;
  readonly highest: number;
}

/** How real numbers map to 8 bits: r = scale * (q - zeroPoint). */
export interface Parameters {
  readonly type: "int8" | "uint8";
  /** A float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

interface Scheme {
  readonly type: Parameters["type"];
  /** The quantized values that the ends of the range map to. */
  readonly least: number;
  readonly most: number;
  /** Whether zero lies in the middle, as TensorRT wants it. */
  readonly symmetric: boolean;
}

/** The ways from real numbers to 8 bits. */
export const schemes = {
  /** TensorRT: the zero point is 0. */
  symmetric: { type: "int8", least: -127, most: 127, symmetric: true },
  /** CPU: all 256 steps lie in the range, and zero is one of them. */
  asymmetric: { type: "uint8", least: 0, most: 255, symmetric: false },
} as const satisfies Readonly<Record<string, Scheme>>;

/** The name of a way from real numbers to 8 bits. */
export type SchemeName = keyof typeof schemes;

/** The least and the greatest value that a type holds; QuantizeLinear saturates there. */
export const limits = { int8: [-128, 127], uint8: [0, 255], int32: [-(2 ** 31), 2 ** 31 - 1] } as const;

/** The smallest normal float32: a range below it has no scale of its own. */
const tiny = 2 ** -126;
const f32 = Math.fround;

/**
 * Scale and zero point for a range, which is widened to hold 0. A range without width gives scale 1.
 * Source: onnxruntime.quantization 1.30, compute_scale_zp; it subtracts in float32 and divides in float64.
 * A width beyond float32 is taken in float64.
 */
export function parametersOf({ lowest, highest }: Range, name: SchemeName): Parameters {
  const { type, least, most, symmetric } = schemes[name];
  const largest = Math.max(Math.abs(lowest), Math.abs(highest));
  const low = symmetric ? -largest : Math.min(lowest, 0);
  const high = symmetric ? largest : Math.max(highest, 0);
  const width = f32(high - low);
  const step = (Number.isFinite(width) ? width : high - low) / (most - least);
  if (step < tiny) return { type, scale: 1, zeroPoint: 0 };
  return { type, scale: f32(step), zeroPoint: symmetric ? 0 : roundHalfToEven(least - low / step) };
}

/** As QuantizeLinear rounds: beside a number so large, a double has no room for a fraction. |value| < 2^51. */
export const roundHalfToEven = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;

/** What QuantizeLinear makes of a number: divided in float32, rounded half to even, saturated. */
export function quantizeNumber(value: number, { type, scale, zeroPoint }: Parameters): number {
  const [least, most] = limits[type];
  return Math.min(most, Math.max(least, roundHalfToEven(f32(value / scale)) + zeroPoint));
}

/** What DequantizeLinear makes of it. */
export const dequantizeNumber = (quantized: number, { scale, zeroPoint }: Parameters): number =>
  f32((quantized - zeroPoint) * scale);
