import { fingerprint } from "../canonical.ts";
import type { Action, Desired } from "../action.ts";
import type { LiveObject } from "../snapshot.ts";

/** Annotation with a hash of what was last wanted: it tells when something is no longer wanted that the server still has. */
const wantedHash = "facefleet.dev/wanted";

/** The object with a hash of all that is wanted of it, or of as much as tells it from another. */
function stamped(object: Desired, content: unknown): Desired {
  const annotations = { ...object.metadata.annotations, [wantedHash]: fingerprint(content, 16) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/**
 * Applies an object unless the live one already has all that is wanted, by its hash and field by field.
 *
 * @param content what the hash is of, where a part of the object tells as much as the whole.
 */
export function applyIfChanged(object: Desired, live: LiveObject | undefined, content: unknown = object): Action[] {
  const desired = stamped(object, content);
  return live !== undefined && holds(desired, live) ? [] : [{ type: "Apply", object: desired }];
}

/** Whether every field that is wanted is there with its value; the server may have added others. Lists must be as long. */
export function holds(wanted: unknown, live: unknown): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted !== "object" || wanted === null) return wanted === live;
  if (typeof live !== "object" || live === null) return false;
  if (Array.isArray(wanted) && (!Array.isArray(live) || live.length !== wanted.length)) return false;
  return Object.entries(wanted).every(([field, value]) => holds(value, (live as Record<string, unknown>)[field]));
}
