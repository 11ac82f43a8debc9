import { blurPlane } from "../canvas/blur.ts";
import { createRandom, deriveSeed } from "../random/random.ts";
import type { Frame } from "./frame.ts";

const { min } = Math;

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
  const light = blurFrame(frame, sensor.blur);
  const curve = toneCurve(sensor);
  const perLight = CURVE_STEPS / CURVE_END;
  const line = frame.width * 3;
  const rgb = new Uint8Array(light.length);
  for (let row = 0; row < frame.height; row++) {
    const grain = deriveSeed(seed, row);
    for (let index = row * line; index < (row + 1) * line; index++) {
      const tone = curve[min(CURVE_STEPS, (light[index]! * perLight) | 0)]!;
      const value = tone + sensor.noise * GRAIN[(grain + index) & GRAIN_MASK]! + 0.5;
      rgb[index] = value < 0 ? 0 : value > 255 ? 255 : value | 0;
    }
  }
  return rgb;
}

const GRAIN_MASK = 0xffff;

/** Normal noise, drawn once: each row of a picture reads it from another place. */
const GRAIN = ((): Float32Array => {
  const random = createRandom(0x6ca14);
  return Float32Array.from({ length: GRAIN_MASK + 1 }, () => random.normal(0, 1.02));
})();

const CURVE_STEPS = 8191;
const CURVE_END = 4;

function toneCurve({ gain, contrast }: Sensor): Float32Array {
  return Float32Array.from({ length: CURVE_STEPS + 1 }, (_, step) => {
    const light = gain * CURVE_END * (step / CURVE_STEPS);
    const shoulder = (1.12 * light) / (1 + 0.18 * light);
    return 127.5 + contrast * (255 * min(1, shoulder) ** (1 / 2.2) - 127.5);
  });
}

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
