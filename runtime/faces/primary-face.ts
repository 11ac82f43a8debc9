import { areaOf, type Box } from "./geometry.ts";

/** The face that a picture of one person is about: the largest. Undefined when there is none. */
export function primaryFace<Face extends { readonly box: Box }>(faces: readonly Face[]): Face | undefined {
  return faces.reduce<Face | undefined>(
    (largest, face) => (largest === undefined || areaOf(face.box) > areaOf(largest.box) ? face : largest),
    undefined,
  );
}
