import { CLEAN } from "../camera/sensor.ts";
import { LENSES } from "../camera/sensors.ts";
import type { Felt } from "../expression/expression.ts";
import { ENROLLED } from "../scene/cast.ts";
import type { Person } from "../scene/script.ts";
import type { DatasetPlan } from "./plan.ts";

/** The labelled sets of the quickstart. */
export const setNames = ["gate", "probes", "enrollment"] as const;
export type SetName = (typeof setNames)[number];

const SIZE = { width: 320, height: 240 };
const NEUTRAL: Felt = { name: "neutral", strength: 1 };
const HAPPY: Felt = { name: "happy", strength: 0.8 };
const SURPRISED: Felt = { name: "surprised", strength: 0.8 };

/** Strangers to every camera, for the offline gate. */
const GATE_PEOPLE: Person[] = Array.from({ length: 24 }, (_, index) => ({
  id: `gate-${String(index + 1).padStart(2, "0")}`,
  seed: 9500 + index,
}));

export const SETS: Record<SetName, DatasetPlan> = {
  /** 24 people in good light: what a candidate must read before it may be loaded anywhere. */
  gate: {
    people: GATE_PEOPLE,
    picturesPerPerson: 6,
    expressions: [NEUTRAL, HAPPY, SURPRISED],
    cameras: [{ name: "portrait", sensor: CLEAN }],
    size: SIZE,
    nuisance: 1,
    subgroup: "tone",
    seed: 501,
  },
  /**
   * The enrolled people as the cameras of the canary wave see them, in their own light and noise: the labelled probes.
   * Two of three are dark, because that is where a candidate shows what it is worth.
   */
  probes: {
    people: ENROLLED,
    picturesPerPerson: 36,
    expressions: [NEUTRAL, HAPPY, SURPRISED],
    cameras: [
      { name: "entrance", ...LENSES.clean },
      { name: "garage", ...LENSES.dark },
      { name: "garage-ramp", ...LENSES.dark },
    ],
    size: SIZE,
    nuisance: 1,
    subgroup: "camera",
    seed: 502,
  },
  /** Three pictures a person, from which the gallery's templates are made. */
  enrollment: {
    people: ENROLLED,
    picturesPerPerson: 3,
    expressions: [NEUTRAL],
    cameras: [{ name: "desk", sensor: CLEAN }],
    size: SIZE,
    nuisance: 0.5,
    subgroup: "camera",
    seed: 503,
  },
};
