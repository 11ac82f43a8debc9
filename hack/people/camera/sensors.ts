import type { Light } from "../light/light.ts";
import { CLEAN, type Sensor } from "./sensor.ts";

/** A kind of camera at its place: what it does to light, and the light it has. */
export type Lens = { sensor: Sensor; light: Light };

/** The cameras of the quickstart. "dark" is the hard one: little light, much noise, a soft lens. */
export const LENSES = {
  clean: {
    sensor: CLEAN,
    light: { azimuth: 0.5, elevation: 0.5, key: 0.9, ambient: 0.5, warmth: 0.3 },
  },
  side: {
    sensor: { blur: 0.7, noise: 3, gain: 0.9, contrast: 0.95 },
    light: { azimuth: -0.9, elevation: 0.35, key: 1, ambient: 0.4, warmth: -0.6 },
  },
  dark: {
    sensor: { blur: 0.9, noise: 6, gain: 0.13, contrast: 0.9 },
    light: { azimuth: 0.7, elevation: 0.8, key: 0.8, ambient: 0.4, warmth: 0.8 },
  },
} as const satisfies Record<string, Lens>;

export type LensName = keyof typeof LENSES;
