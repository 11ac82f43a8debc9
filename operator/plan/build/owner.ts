import { labels } from "../../../crds/annotations.ts";
import type { ObjectMeta, OwnerReference } from "../../../crds/kind.ts";

/** An object that owns others, as they name it. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "uid">;
}

/**
 * Makes an object go when its owner goes. blockOwnerDeletion is left out: with it a foreground deletion of a FaceModel
 * would wait for pods on a device that is switched off.
 */
export function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: true }];
}

/**
 * Makes an object go only once another one has gone as well: owners that do not control it. The garbage collector keeps
 * what has an owner left.
 */
export function outliving({ apiVersion, kind, metadata: { name, uid } }: Owner): OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: false }];
}

/** Most characters of a label's value. Source: Kubernetes, Labels and Selectors, Syntax. */
const LIMIT = 63;

/** Label of a Job with the number of its try, counted from 0. */
export const tryLabel = "facefleet.dev/try";
/** Label of a NodeRuntime with the wave of its node: known when the Node itself is gone. */
export const waveLabel = "facefleet.dev/wave";

/** The labels of an object: what it belongs to. A name that no label can hold is left out. */
export function labelsFor(of: { model: string; revision?: string; node?: string }): Record<string, string> {
  const pairs: [string, string | undefined][] = [
    ["app.kubernetes.io/managed-by", "facefleet"],
    [labels.model, of.model],
    [labels.revision, of.revision],
    [labels.node, of.node],
  ];
  return Object.fromEntries(
    pairs.flatMap(([key, value]) => (value === undefined || value.length > LIMIT ? [] : [[key, value]])),
  );
}
