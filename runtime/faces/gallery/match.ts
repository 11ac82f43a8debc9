import { distances, type Metric } from "../distance.ts";
import type { Gallery } from "./gallery.ts";

/** Who a face is closest to. */
export interface Match {
  /** The closest person, if within the threshold; otherwise the face is of nobody who is enrolled. */
  readonly person?: string;
  /** The closest person, within the threshold or not. */
  readonly nearest: string;
  /** Distance to the closest template of that person. */
  readonly distance: number;
  /** How much farther the closest template of any other person is; Infinity when there is no other. */
  readonly margin: number;
}

/**
 * Compares an embedding with every template; a person is as close as the closest of their templates. Undefined for an
 * empty gallery.
 *
 * @param threshold largest distance at which two faces are the same person
 * @throws RangeError when the embedding has another size than the templates: they come from different engines.
 */
export function matchFace(
  embedding: Float32Array,
  gallery: Gallery,
  { metric, threshold }: { metric: Metric; threshold: number },
): Match | undefined {
  const { people, owners, templates, dimensions } = gallery;
  if (people.length === 0) return undefined;
  if (embedding.length !== dimensions) {
    throw new RangeError(`an embedding of ${embedding.length} numbers, templates of ${dimensions}: embed them anew`);
  }
  const closest = new Float64Array(people.length).fill(Infinity);
  for (const [k, owner] of owners.entries()) {
    closest[owner] = Math.min(closest[owner]!, distances[metric](embedding, templates, k * dimensions));
  }
  const [first, second] = twoSmallest(closest);
  const distance = closest[first]!;
  const nearest = people[first]!;
  const margin = (second === undefined ? Infinity : closest[second]!) - distance;
  return { ...(distance <= threshold && { person: nearest }), nearest, distance, margin };
}

function twoSmallest(values: Float64Array): [number, number | undefined] {
  let first = 0;
  let second: number | undefined;
  for (let k = 1; k < values.length; k++) {
    if (values[k]! < values[first]!) [first, second] = [k, first];
    else if (second === undefined || values[k]! < values[second]!) second = k;
  }
  return [first, second];
}
