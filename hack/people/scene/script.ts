import type { Sensor } from "../camera/sensor.ts";
import type { Expression } from "../expression/expression.ts";
import type { Light } from "../light/light.ts";

/** What happens before one camera: plain data, so that a scene is drawn once and known again by its hash. */
export type Script = {
  camera: string;
  /** Pixels. */
  width: number;
  height: number;
  fps: number;
  /** Length of the loop. */
  seconds: number;
  /** Of the backdrop and the noise. */
  seed: number;
  sensor: Sensor;
  light: Light;
  visits: Visit[];
};

/** One person's time before the camera. All times are seconds since the start of the loop. */
export type Visit = {
  person: Person;
  /** Where the head is; between two waypoints it moves smoothly, before the first and after the last it is away. */
  path: Waypoint[];
  /** What the person begins to feel, and when; neutral before. */
  feels: Feeling[];
};

/** A person of a scene or a dataset: a name for the truth and the seed of the drawn identity. */
export type Person = { id: string; seed: number };

/** A head at a moment. */
export type Waypoint = {
  at: number;
  /** Middle of the head as a part of the width and height of the picture; outside 0 to 1 is out of sight. */
  x: number;
  y: number;
  /** Width of the face in pixels. */
  size: number;
  /** Radians; the face turns to the right of the picture with a positive yaw. */
  yaw: number;
};

export type Feeling = { at: number; name: Expression; strength: number };

/** The number of frames in a loop. */
export function frameCount({ fps, seconds }: Script): number {
  return Math.round(fps * seconds);
}
