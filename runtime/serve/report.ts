import { isDeepStrictEqual } from "node:util";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { type Condition, markNotReady, markReady, markReconciling } from "../../operator/kit/conditions.ts";

/** What a node's status is made from. */
export interface Facts {
  generation: number;
  slots: NonNullable<NodeRuntimeStatus["slots"]>;
  trial: NodeRuntimeStatus["trial"];
  swappedBack: NodeRuntimeStatus["swappedBack"];
  galleries: NonNullable<NodeRuntimeStatus["galleries"]>;
  cameras: NonNullable<NodeRuntimeStatus["cameras"]>;
  rates: NodeRuntimeStatus["rates"];
  runtimeVersion: string;
}

/** Longest message of a part of the status. */
const messageLimit = 1024;

/** The status of a node, from its facts; `past` is the one reported before, whose transition times are kept. */
export function writeStatus(facts: Facts, past: NodeRuntimeStatus | undefined, now: number): NodeRuntimeStatus {
  const { generation, trial, swappedBack, rates, galleries, cameras, ...parts } = facts;
  const verdict = { ...stateOf(facts), generation };
  return {
    observedGeneration: generation,
    conditions: [...conditionsOf(verdict, past?.conditions, now)],
    ...parts,
    galleries: galleries.map(shorten),
    cameras: cameras.map(shorten),
    ...(trial && { trial }),
    ...(swappedBack && { swappedBack }),
    ...(rates && { rates }),
  };
}

/** Whether a status tells something that should not wait: all of it but rates, and evidence that changes no verdict. */
export function isMaterial(status: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): boolean {
  return past === undefined || !isDeepStrictEqual(essenceOf(status), essenceOf(past));
}

/** Whether evidence has grown since. */
export function hasNewEvidence(status: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): boolean {
  return !isDeepStrictEqual(evidenceOf(status), evidenceOf(past));
}

type Rates = NonNullable<NodeRuntimeStatus["rates"]>;

/** Differences that are noise, however large a part of a small rate they are. */
const noise: Record<keyof Rates, number> = { framesPerSecond: 0.5, latencyP95Milliseconds: 2, droppedFrames: 0.05 };
/** Part by which a rate has to move to be told. */
const step = 0.1;

/** Whether rates have moved by more than a tenth since, or come or gone. */
export function hasNewRates({ rates }: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): boolean {
  const before = past?.rates;
  if (rates === undefined || before === undefined) return rates !== before;
  return (Object.keys(noise) as (keyof Rates)[]).some((name) => {
    const [now, then] = [Number(rates[name]), Number(before[name])];
    return Math.abs(now - then) > Math.max(noise[name], step * Math.max(now, then));
  });
}

function essenceOf({ trial, rates, ...rest }: NodeRuntimeStatus) {
  return { ...rest, trial: trial && { id: trial.id, startedAt: trial.startedAt, verdict: trial.verdict } };
}

/** Ceilings have no state: their value moves with every frame, and only their verdict counts. */
function evidenceOf(status: NodeRuntimeStatus | undefined) {
  return status?.trial?.evidence.map(({ metric, state, measurement }) => [metric, state, measurement.verdict]);
}

/** How a node is as a whole: what the mark of the conditions is, and why. */
interface Standing {
  mark: "Ready" | "Reconciling" | "NotReady";
  reason: string;
  message: string;
}

const marks = { Ready: markReady, Reconciling: markReconciling, NotReady: markNotReady };

function conditionsOf(
  { mark, ...verdict }: Standing & { generation: number },
  past: NodeRuntimeStatus["conditions"],
  now: number,
) {
  return marks[mark](past as Condition[] | undefined, verdict, now);
}

type Rule = (facts: Facts) => Standing | undefined;

const notReady = (reason: string, message: string): Standing => ({ mark: "NotReady", reason, message });

/** In this order: the first that has something to say. */
const rules: readonly Rule[] = [
  ({ swappedBack }) => swappedBack && notReady("SwappedBack", swappedBack.message),
  ({ slots }) =>
    slots.active === undefined ? notReady("NoRevision", "no revision is wanted of this node yet") : undefined,
  ({ slots: { active } }) =>
    active?.state === "Failed" ? notReady("ActiveFailed", active.message ?? "the active slot failed") : undefined,
  ({ slots: { standby } }) =>
    standby?.state === "Failed" ? notReady("StandbyFailed", standby.message ?? "the standby slot failed") : undefined,
  ({ slots }) => {
    const loading = [slots.active, slots.standby].find((slot) => slot?.state === "Loading");
    if (loading === undefined) return undefined;
    return { mark: "Reconciling", reason: "Loading", message: `revision ${loading.revision} is being loaded` };
  },
  ({ galleries }) => {
    const gallery = galleries.find(({ message }) => message !== undefined);
    return gallery && notReady("GalleryIncomplete", `gallery ${gallery.name}: ${gallery.message ?? ""}`);
  },
  ({ cameras }) => {
    const camera = cameras.find(({ state }) => state === "Failed");
    return camera && notReady("CameraFailed", `camera ${camera.name}: ${camera.message ?? "no frames"}`);
  },
];

function stateOf(facts: Facts): Standing {
  for (const rule of rules) {
    const standing = rule(facts);
    if (standing !== undefined) return standing;
  }
  return { mark: "Ready", reason: "Serving", message: "the wanted revision drives events" };
}

function shorten<Part extends { message?: string | undefined }>(part: Part): Part {
  return part.message === undefined ? part : { ...part, message: part.message.slice(0, messageLimit) };
}
