import { requestedAt } from "../../../crds/annotations.ts";
import type { Condition } from "../../../crds/shared.ts";
import type { Resource } from "../../../crds/kind.ts";
import type { Action } from "../action.ts";
import { canonicalJson } from "../canonical.ts";
import { conditionsFor, type Judgment, type OwnCondition } from "./conditions.ts";

interface CommonStatus {
  observedGeneration?: number | undefined;
  conditions?: Condition[] | undefined;
  lastHandledReconcileAt?: string | undefined;
}

/**
 * The fields that every status has, around those of the kind: observedGeneration, the conditions, and the answer to the
 * annotation facefleet.dev/requestedAt.
 */
export function statusOf<Status extends CommonStatus>(
  { metadata, status }: Resource<unknown, Status>,
  fields: Omit<Status, keyof CommonStatus>,
  judgment: Judgment,
  now: number,
  own: readonly OwnCondition[] = [],
): Omit<Status, keyof CommonStatus> & CommonStatus {
  const asked = metadata.annotations?.[requestedAt] ?? status?.lastHandledReconcileAt;
  return {
    ...fields,
    observedGeneration: metadata.generation,
    conditions: conditionsFor(status?.conditions, judgment, { generation: metadata.generation, now, own }),
    ...(asked !== undefined && { lastHandledReconcileAt: asked.slice(0, 64) }),
  };
}

/** Writes a status unless the object has it already. Fields that are undefined are fields that are not there. */
export function publish<Status>(object: Resource<unknown, Status>, status: object = {}): Action[] {
  if (object.status === status || canonicalJson(object.status ?? {}) === canonicalJson(status)) return [];
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, uid } = metadata;
  return [{ type: "ApplyStatus", object: { apiVersion, kind, metadata: { name, namespace, uid }, status } }];
}
