import type { Size } from "../camera/frame.ts";
import type { Sensor } from "../camera/sensor.ts";
import type { Felt } from "../expression/expression.ts";
import type { Person } from "../scene/script.ts";
import type { Light } from "../light/light.ts";

/** What a labelled set holds: plain data, so that the set is drawn once and known again by its hash. */
export type DatasetPlan = {
  people: Person[];
  picturesPerPerson: number;
  /** Dealt to each person's pictures in turn. */
  expressions: Felt[];
  /** Dealt in turn as well, after all expressions have been with one camera. */
  cameras: DatasetCamera[];
  size: Size;
  /** How far pose and light vary; 1 as portraits do. */
  nuisance: number;
  /** What a picture's `subgroup` says: the tone of the skin, or the camera. */
  subgroup: Subgroup;
  seed: number;
};

/** A camera with light of its own, or, without, in light that varies from picture to picture. */
export type DatasetCamera = { name: string; sensor: Sensor; light?: Light };

export type Subgroup = "tone" | "camera";

/** One picture of a set, before it is drawn. */
export type Shot = { person: Person; number: number; felt: Felt; camera: DatasetCamera };

/** The pictures of a set, person by person. */
export function shotsOf(plan: DatasetPlan): Shot[] {
  return plan.people.flatMap((person) =>
    Array.from({ length: plan.picturesPerPerson }, (_, number) => ({
      person,
      number,
      felt: plan.expressions[number % plan.expressions.length]!,
      camera: plan.cameras[Math.floor(number / plan.expressions.length) % plan.cameras.length]!,
    })),
  );
}
