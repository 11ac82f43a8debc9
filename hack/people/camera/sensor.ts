import { blurPlane } from "../canvas/blur.ts";
import { deriveSeed, scramble } from "../random/random.ts";
import type { Frame } from "./frame.ts";

const { imul, max, min, round } = Math;

/** What a camera does to light. */
export type Sensor = {
  /** Deviation of the lens blur in pixels. */
  blur: number;
  /** Deviation of the noise, in steps of 0 to 255 after the tone curve. */
  noise: number;
  /** Factor on the light before the tone curve: below 1 the picture is dark. */
  gain: number;
  /** Contrast around middle gray after the tone curve: 1 keeps it. */
  contrast: number;
};

/** A camera in good light. */
export const CLEAN: Sensor = { blur: 0.5, noise: 2, gain: 1, contrast: 1 };

/** Light to bytes: blur, gain, a soft shoulder and gamma, contrast, noise. Interleaved RGB. */
export function expose(frame: Frame, sensor: Sensor, seed: number): Uint8Array<ArrayBuffer> {
  const blurred = blurFrame(frame, sensor.blur);
  const curve = toneCurve(sensor);
  const noise = sensor.noise / NOISE_DEVIATION;
  const salt = deriveSeed(seed, 0x5e50);
  const rgb = new Uint8Array(blurred.length);
  for (let index = 0; index < rgb.length; index++) {
    const step = min(CURVE_STEPS, max(0, round((blurred[index]! / CURVE_END) * CURVE_STEPS)));
    const value = curve[step]! + noise * bellNoise(salt + index);
    rgb[index] = value < 0 ? 0 : value > 255 ? 255 : round(value);
  }
  return rgb;
}

const CURVE_STEPS = 8191;
const CURVE_END = 4;

function toneCurve({ gain, contrast }: Sensor): Float32Array {
  return Float32Array.from({ length: CURVE_STEPS + 1 }, (_, step) => {
    const light = gain * CURVE_END * (step / CURVE_STEPS);
    const shoulder = (1.12 * light) / (1 + 0.18 * light);
    return 127.5 + contrast * (255 * min(1, shoulder) ** (1 / 2.2) - 127.5);
  });
}

/** The sum of four hashed bytes around zero. */
function bellNoise(position: number): number {
  const bits = scramble(imul(position, 0x9e3779b1));
  return (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
}

/** Deviation of four uniform bytes: 2 * sqrt((256 * 256 - 1) / 12). */
const NOISE_DEVIATION = 147.8;

function blurFrame({ width, height, light }: Frame, deviation: number): Float32Array {
  if (deviation <= 0) return light;
  const result = new Float32Array(light.length);
  for (let channel = 0; channel < 3; channel++) {
    const data = new Float32Array(width * height);
    for (let pixel = 0; pixel < data.length; pixel++) data[pixel] = light[pixel * 3 + channel]!;
    const blurred = blurPlane({ data, columns: width, rows: height }, deviation);
    for (let pixel = 0; pixel < data.length; pixel++) result[pixel * 3 + channel] = blurred[pixel]!;
  }
  return result;
}
