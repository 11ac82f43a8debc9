import type { NodeRuntime } from "../../../crds/noderuntime.ts";
import { timestamp } from "../duration.ts";
import { isAvailable } from "./budget.ts";
import type { Member } from "./members.ts";
import { type Position, type Run, trialReport } from "./slots.ts";

/**
 * Annotation of a NodeRuntime with how its soak goes. Reports say only what is now; that a soak was broken off, and how
 * often, has to be remembered.
 */
export const soakAnnotation = "facefleet.dev/soak";

/** Breaks after which a candidate does not run well. One or two may be anybody's: a Secret that changed, a kill by hand. */
export const MOST_BREAKS = 8;

/** How the soak of a node goes in one run. */
export interface Soak {
  readonly run: Run;
  /** Since when the revision has run without a break, RFC 3339; of a node that does not run it now, before that. */
  readonly since: string;
  /** How often its runtime has ended since it last ran well, while the node was there. */
  readonly breaks: number;
  /** It has run well for the time of its wave. */
  readonly done: boolean;
}

interface SoakFacts {
  readonly member: Member;
  readonly run: Run;
  readonly position: Position;
  /** How long it has to run well, in milliseconds. */
  readonly soak: number;
  readonly now: number;
}

/**
 * The soak as it is to be recorded: begun when the revision, its pod and its node are all there, anew after each break.
 * A break counts against the candidate unless the node itself was gone.
 */
export function observeSoak({ member, run, position, soak, now }: SoakFacts): Soak | undefined {
  if (position !== "Active" || member.runtime === undefined) return undefined;
  const known = soakOf(member.runtime, run);
  const since = unbrokenSince(member);
  if (since === undefined) return known && { ...known, done: known.done || hasLasted(known, soak, member.lostAt) };
  const done = known?.done === true || since + soak <= now;
  const isBroken = known !== undefined && since > Date.parse(known.since);
  const isExcused = isBroken && (known.done || member.readyAt! > Date.parse(known.since));
  const breaks = done ? 0 : (known?.breaks ?? 0) + (isBroken && !isExcused ? 1 : 0);
  return { run, since: timestamp(since), breaks, done };
}

/** Whether a node that is lost had run it for long enough before. */
function hasLasted({ since }: Soak, soak: number, lostAt: number | undefined): boolean {
  return lostAt !== undefined && Date.parse(since) + soak <= lostAt;
}

/**
 * Since when the active slot has driven events without a break, in milliseconds since the epoch: with a champion at hand,
 * since both were ready. The report alone does not tell, for it outlives the pod that wrote it.
 */
export function unbrokenSince(member: Member): number | undefined {
  const { runtime, deployment, readyAt } = member;
  if (runtime === undefined || readyAt === undefined || !isAvailable(member)) return undefined;
  const { since } = runtime.status!.slots!.active!;
  const begun = runtime.spec.trial === undefined ? since : trialReport(runtime)?.startedAt;
  if (begun === undefined) return undefined;
  return Math.max(readyAt, ...[since, begun, deployment?.since ?? begun].map((time) => Date.parse(time)));
}

/** The recorded soak of a run; none when the annotation is of another run. */
function soakOf(runtime: Pick<NodeRuntime, "metadata">, run: Run): Soak | undefined {
  const soak = recordedSoak(runtime);
  return soak?.run.revision === run.revision && soak.run.startedAt === run.startedAt ? soak : undefined;
}

/** The soak that is recorded, of whatever run; none when the annotation cannot be read. */
export function recordedSoak({ metadata }: Pick<NodeRuntime, "metadata">): Soak | undefined {
  try {
    const soak = JSON.parse(metadata.annotations?.[soakAnnotation] ?? "null") as Partial<Soak> | null;
    const isWhole = typeof soak?.run?.revision === "string" && Number.isFinite(Date.parse(soak.since ?? ""));
    return isWhole ? (soak as Soak) : undefined;
  } catch {
    return undefined;
  }
}
