/** x to the right of the picture, y down, z toward the camera. */
export type Vector = readonly [x: number, y: number, z: number];

/** A rotation from head space to camera space, row by row. */
export type Rotation = readonly [Vector, Vector, Vector];

/**
 * The rotation of a head, in radians: first yaw (positive turns the face toward the right of the picture), then pitch
 * (positive lifts the face), then roll (positive leans the head clockwise).
 */
export function rotationOf({ yaw, pitch, roll }: { yaw: number; pitch: number; roll: number }): Rotation {
  const cy = Math.cos(yaw);
  const sy = Math.sin(yaw);
  const cp = Math.cos(pitch);
  const sp = Math.sin(pitch);
  const cr = Math.cos(roll);
  const sr = Math.sin(roll);
  return [
    [cr * cy - sr * sp * sy, -sr * cp, cr * sy + sr * sp * cy],
    [sr * cy + cr * sp * sy, cr * cp, sr * sy - cr * sp * cy],
    [-cp * sy, sp, cp * cy],
  ];
}

/** From head space to camera space. */
export function intoCamera([a, b, c]: Rotation, [x, y, z]: Vector): Vector {
  return [a[0] * x + a[1] * y + a[2] * z, b[0] * x + b[1] * y + b[2] * z, c[0] * x + c[1] * y + c[2] * z];
}

/** From camera space to head space: the transposed rotation. */
export function intoHead([a, b, c]: Rotation, [x, y, z]: Vector): Vector {
  return [a[0] * x + b[0] * y + c[0] * z, a[1] * x + b[1] * y + c[1] * z, a[2] * x + b[2] * y + c[2] * z];
}
