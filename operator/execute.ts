import { type ApiError, isApiError } from "./kit/api-error.ts";
import type { Applied, Applier } from "./kit/apply.ts";
import type { Client } from "./kit/client.ts";
import type { ReconcileAnswer } from "./kit/controller.ts";
import { Incomplete, unreachable } from "./kit/errors.ts";
import type { EventRecorder } from "./kit/events.ts";
import { keyOf, keyOfRef, type KubeObject } from "./kit/object.ts";
import type { Action, Deed } from "./plan/action.ts";
import { isRefusal, tellRefusal } from "./refusal.ts";
import { resourceOf, unread } from "./resources.ts";
import { eachOf, stagesOf } from "./stages.ts";
import type { Write, Written } from "./written.ts";

/** What carrying out takes. */
export interface ExecuteOptions {
  /** Asks before each write whether this process still leads. */
  readonly client: Client;
  readonly applier: Applier;
  readonly recorder: EventRecorder;
  readonly written: Written;
  /** An object as the cache has it. */
  readonly find: (kind: string, key: string) => KubeObject | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Who asks: the key that is reconciled, and until when it may be worked on. */
export interface Errand {
  readonly by: string;
  readonly signal: AbortSignal;
}

/** How many nodes are written to at once. */
const LANES = 8;

/**
 * Carries out what a plan asks for, as {@link Action} has it; nothing else in the operator writes. What the server
 * refuses of a node ends that node's actions and is told as an Event; the others go on. The key is then planned again,
 * with backoff.
 *
 * @throws ApiError for what concerns all, or a server that serves nobody; Incomplete for nodes of which something was
 * refused; LeaseLost when another process may lead by now.
 */
export async function execute(
  actions: readonly Action[],
  errand: Errand,
  options: ExecuteOptions,
): Promise<ReconcileAnswer> {
  const requeueAfter = actions.find((action) => action.type === "Requeue")?.after;
  const refused = new Map<string, ApiError>();
  for (const stage of stagesOf(actions)) {
    await eachOf(stage, LANES, (lane) => walk(lane, refused, errand, options));
  }
  if (refused.size > 0) throw new Incomplete([...refused.values()], { requeueAfter });
  return { requeueAfter };
}

/** Carries out a lane, unless its node has been refused something already. */
async function walk(
  lane: readonly Deed[],
  refused: Map<string, ApiError>,
  errand: Errand,
  options: ExecuteOptions,
): Promise<void> {
  for (const deed of lane) {
    const { node } = deed;
    if (node !== undefined && refused.has(node)) return;
    try {
      await carryOut(deed, errand, options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      tellOf(deed, error, options);
      if (node === undefined) throw error;
      refused.set(node, error);
    }
  }
}

function tellOf(deed: Deed, error: ApiError, { recorder }: ExecuteOptions): void {
  const happening = tellRefusal(deed, error);
  if (happening !== undefined) recorder.record(happening);
}

async function carryOut(action: Deed, errand: Errand, options: ExecuteOptions): Promise<void> {
  switch (action.type) {
    case "Apply":
      return apply(action, errand, options);
    case "ApplyStatus":
      return applyStatus(action, errand, options);
    case "Delete":
      return remove(action, errand, options);
    case "Event":
      tell(action, options);
      return;
    default:
      return unreachable(action);
  }
}

async function apply(
  { object }: Extract<Deed, { type: "Apply" }>,
  { by, signal }: Errand,
  { applier, find, written, now }: ExecuteOptions,
): Promise<void> {
  const known = find(object.kind, keyOf(object));
  const applied = await applier.apply(resourceOf(object.kind), object, known, { signal });
  if (!unread.has(object.kind)) written.note(by, changeOf(applied), now());
}

/** An object that is gone, or another one by now, has nothing to be said of it. */
async function applyStatus(
  { object }: Extract<Deed, { type: "ApplyStatus" }>,
  { by, signal }: Errand,
  { applier, find, written, now }: ExecuteOptions,
): Promise<void> {
  const known = find(object.kind, keyOf(object));
  if (known?.metadata.uid !== object.metadata.uid) return;
  const applied = await applier.applyStatus(resourceOf(object.kind), object, known, { signal });
  written.note(by, changeOf(applied), now());
}

async function remove(
  { target: { kind, name, namespace, uid } }: Extract<Deed, { type: "Delete" }>,
  { by, signal }: Errand,
  { client, written, now }: ExecuteOptions,
): Promise<void> {
  const options = { uid, propagation: "Background", signal } as const;
  await client.delete(resourceOf(kind), { name, namespace }, options).catch(ignoreGone);
  written.note(by, { type: "Deleted", kind, key: keyOfRef({ name, namespace }), uid }, now());
}

function tell(
  { regarding, severity, reason, message }: Extract<Deed, { type: "Event" }>,
  { recorder }: ExecuteOptions,
): void {
  const { apiVersion, kind, name, namespace, uid } = regarding;
  const object = { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion: "" } };
  recorder.record({ regarding: object, type: severity, reason, note: message });
}

function changeOf({ object }: Applied<KubeObject>): Write {
  const { uid, resourceVersion } = object.metadata;
  return { type: "Applied", kind: object.kind, key: keyOf(object), uid, resourceVersion };
}

/** The object went by itself, or another one of its name has come since: both are what was wanted. */
function ignoreGone(error: unknown): void {
  if (!isApiError(error, "NotFound", "Conflict")) throw error;
}
