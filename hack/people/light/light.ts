import type { Color } from "../canvas/canvas.ts";
import type { Vector } from "../camera/rotation.ts";

/** One lamp and the light all around. Angles in radians. */
export type Light = {
  /** Where the lamp stands: to the right (positive) and above. */
  azimuth: number;
  elevation: number;
  /** Strength of the lamp and of the surrounding light, in linear light; about 0.9 and 0.5. */
  key: number;
  ambient: number;
  /** Below zero a bluish lamp, above zero a yellowish one; within -1 and 1. */
  warmth: number;
};

/** The direction toward the lamp, in camera space. */
export function lampDirection({ azimuth, elevation }: Light): Vector {
  return [Math.sin(azimuth) * Math.cos(elevation), -Math.sin(elevation), Math.cos(azimuth) * Math.cos(elevation)];
}

/** The lamp's color. */
export function lampColor({ warmth }: Light): Color {
  return [1 + 0.04 * warmth, 1, 1 - 0.05 * warmth];
}

/** The light that a vertical surface of a body gets which faces the camera and is turned sideways by nx (-1 to 1). */
export function flatLight(light: Light, nx: number): number {
  const facing = 0.55 + 0.6 * nx * lampDirection(light)[0];
  return light.ambient + 0.75 * light.key * Math.min(1.2, Math.max(0.1, facing));
}
