import type { Random } from "../random/random.ts";
import type { Size } from "./frame.ts";
import type { View } from "./view.ts";

/** How far nuisances go: 1 as a usual portrait varies, 0 a frontal face in the middle under a mild lamp. */
export type Spread = { nuisance?: number };

/** A random view of one person who fills a picture as in a portrait: yaw within 16 degrees, any light. */
export function drawView(random: Random, { width, height }: Size, { nuisance = 1 }: Spread = {}): View {
  const size = Math.min(width, height);
  return {
    yaw: nuisance * random.normal(0, 0.147),
    pitch: nuisance * random.normal(0, 0.065),
    roll: nuisance * random.normal(0, 0.065),
    center: [
      width * (0.5 + nuisance * random.uniform(-0.05, 0.05)),
      height * (0.47 + nuisance * random.uniform(-0.04, 0.04)),
    ],
    scale: size * random.uniform(0.245, 0.285),
    light: {
      azimuth: nuisance * random.uniform(-1.1, 1.1),
      elevation: random.uniform(0.15, 0.9),
      key: random.uniform(0.75, 1.1),
      ambient: random.uniform(0.38, 0.6),
      warmth: random.uniform(-1, 1),
    },
    backdrop: random.below(0x7fffffff),
    clothes: random.below(0x7fffffff),
  };
}
