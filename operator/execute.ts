import { isApiError } from "./kit/api-error.ts";
import type { Applier } from "./kit/apply.ts";
import type { Client } from "./kit/client.ts";
import type { ReconcileAnswer } from "./kit/controller.ts";
import { unreachable } from "./kit/errors.ts";
import type { EventRecorder } from "./kit/events.ts";
import { keyOf, keyOfRef, type KubeObject } from "./kit/object.ts";
import type { Action } from "./plan/action.ts";
import { configmaps, resourceOf } from "./resources.ts";
import type { Written } from "./written.ts";

/** Kinds that are written and never read. */
const uncached: ReadonlySet<string> = new Set([configmaps.kind]);

/** What carrying out takes. */
export interface ExecuteOptions {
  readonly client: Client;
  readonly applier: Applier;
  readonly recorder: EventRecorder;
  readonly written: Written;
  /** What the cache has of an object; undefined also for kinds that are not cached. */
  readonly live: (kind: string, key: string) => KubeObject | undefined;
  /** @throws LeaseLost unless this process may write. Asked before each write. */
  readonly assertLeading: () => void;
  readonly now: () => number;
}

/**
 * Carries out what a plan asks for, in its order; nothing else in the operator writes. The first action that fails ends
 * the run, and the key is planned again.
 *
 * @param by The key that is reconciled.
 * @throws ApiError, LeaseLost
 */
export async function execute(
  actions: readonly Action[],
  by: string,
  options: ExecuteOptions,
  signal: AbortSignal,
): Promise<ReconcileAnswer> {
  let requeueAfter: number | undefined;
  for (const action of actions) {
    if (action.type === "Requeue") requeueAfter = action.after;
    else await carryOut(action, by, options, signal);
  }
  return { requeueAfter };
}

async function carryOut(
  action: Exclude<Action, { type: "Requeue" }>,
  by: string,
  { client, applier, recorder, written, live, assertLeading, now }: ExecuteOptions,
  signal: AbortSignal,
): Promise<void> {
  assertLeading();
  switch (action.type) {
    case "Apply": {
      const { object } = action;
      const before = live(object.kind, keyOf(object));
      const { outcome, object: after } = await applier.apply(resourceOf(object.kind), object, before, { signal });
      if (outcome !== "Unchanged" && !uncached.has(object.kind)) noteApplied(written, by, after, now());
      return;
    }
    case "ApplyStatus": {
      const { object } = action;
      const before = live(object.kind, keyOf(object));
      if (before?.metadata.uid !== object.metadata.uid) return;
      const { outcome, object: after } = await applier.applyStatus(resourceOf(object.kind), object, before, { signal });
      if (outcome !== "Unchanged") noteApplied(written, by, after, now());
      return;
    }
    case "Delete": {
      const { kind, name, namespace, uid } = action.target;
      await client
        .delete(resourceOf(kind), { name, namespace }, { uid, propagation: "Background", signal })
        .catch(ignoreGone);
      written.note(by, { type: "Deleted", kind, key: keyOfRef({ name, namespace }), uid }, now());
      return;
    }
    case "Event": {
      const { regarding, severity, reason, message } = action;
      const { apiVersion, kind, name, namespace, uid } = regarding;
      const object = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion: "" } };
      recorder.record({ regarding: object, type: severity, reason, note: message });
      return;
    }
    default:
      return unreachable(action);
  }
}

function noteApplied(written: Written, by: string, object: KubeObject, now: number): void {
  const { uid, resourceVersion } = object.metadata;
  written.note(by, { type: "Applied", kind: object.kind, key: keyOf(object), uid, resourceVersion }, now);
}

/** The object went by itself, or another one of its name has come since: both are what was wanted. */
function ignoreGone(error: unknown): void {
  if (!isApiError(error, "NotFound", "Conflict")) throw error;
}
