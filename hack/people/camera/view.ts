import type { Light } from "../light/light.ts";
import { intoCamera, type Rotation, rotationOf, type Vector } from "./rotation.ts";

/** How a head stands before the camera. */
export type View = {
  /** Radians: yaw turns the face to the right of the picture, pitch lifts it, roll leans it clockwise. */
  yaw: number;
  pitch: number;
  roll: number;
  /** Where the middle of the head, level with the eyes, falls, in pixels. */
  center: readonly [x: number, y: number];
  /** Pixels a head unit (about 93 mm); a face is about 1.5 units wide and 2 high. */
  scale: number;
  light: Light;
  /** Seeds of what is behind the person and of what the person wears. */
  backdrop: number;
  clothes: number;
};

/** How much nearer things grow, a head unit toward the camera: a camera about a meter away. */
const PERSPECTIVE = 0.1;

/** The projection of one view: where points of the head fall in the picture, and where rays of the picture start. */
export type Projection = {
  rotation: Rotation;
  center: readonly [number, number];
  scale: number;
};

export function projectionOf(view: View): Projection {
  return { rotation: rotationOf(view), center: view.center, scale: view.scale };
}

/** The pixel on which a point of the head falls. */
export function project({ rotation, center, scale }: Projection, point: Vector): [x: number, y: number] {
  const [x, y, z] = intoCamera(rotation, point);
  const near = scale / (1 - PERSPECTIVE * z);
  return [center[0] + x * near, center[1] + y * near];
}

/** How a ray narrows with its height z toward the camera. */
export function narrowing(z: number): number {
  return 1 - PERSPECTIVE * z;
}
