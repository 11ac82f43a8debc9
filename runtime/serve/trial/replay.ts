import { setTimeout as sleep } from "node:timers/promises";
import type { RgbImage } from "../../faces/image.ts";
import type { Analysis, FaceObservation } from "../../pipeline/analysis.ts";
import { matcherOf } from "../camera/people.ts";
import type { Slot } from "../slot/holder.ts";
import type { Slots } from "../slot/slots.ts";
import { compareProbe, type ProbeOutcome } from "./compare.ts";
import type { Trial } from "./trial.ts";

/** A labelled picture as a camera of the site sees it. */
export interface Probe {
  /** The person's pseudonym, or null for somebody who is not enrolled; undefined when not labelled. */
  person?: string | null;
  expression?: string;
  /** Decodes the picture. */
  read(): Promise<RgbImage>;
}

export interface ReplayOptions {
  trial: Trial;
  slots: Slots;
  probes: readonly Probe[];
  /** Probes that an earlier run has seen already. */
  skip: number;
  /** Part of the time that probes may take from the engines, in (0, 1]. */
  share: number;
  onObserved: () => void;
  signal: AbortSignal;
}

/**
 * Replays every labelled probe once through both slots, in their live state. The order is the same on every node, so
 * that pooled nodes have looked at the same pictures; it is mixed, so that the first hundred stand for all.
 * Resolves when all have been seen or the signal aborts.
 */
export async function replayProbes({
  trial,
  slots,
  probes,
  skip,
  share,
  onObserved,
  signal,
}: ReplayOptions): Promise<void> {
  for (const probe of mixed(probes).slice(skip)) {
    const start = performance.now();
    const outcome = await replay(probe, slots, trial).catch(() => undefined);
    if (signal.aborted) return;
    if (outcome !== undefined) {
      trial.observe(compareProbe(outcome));
      onObserved();
    }
    const rest = (performance.now() - start) * (1 / share - 1);
    if (!(await sleep(rest, true, { signal }).catch(() => false))) return;
  }
}

async function replay(probe: Probe, slots: Slots, trial: Trial): Promise<ProbeOutcome | undefined> {
  const image = await probe.read();
  using lease = slots.lease();
  const { active, standby } = lease;
  if (active === undefined || standby === undefined) return undefined;
  const want = { identity: probe.person !== undefined, expression: probe.expression !== undefined };
  const [seen, other] = await Promise.all([
    active.analyzer.analyze(image, want),
    standby.analyzer.analyze(image, want),
  ]);
  const sides = { active: judge(probe, seen, active, trial), standby: judge(probe, other, standby, trial) };
  const [candidate, champion] =
    trial.spec.phase === "Soak" ? [sides.active, sides.standby] : [sides.standby, sides.active];
  return {
    ...(probe.person !== undefined && { identity: { candidate: candidate.identity, champion: champion.identity } }),
    ...(probe.expression !== undefined && {
      expression: { candidate: candidate.expression, champion: champion.expression },
    }),
  };
}

/** Whether a slot was right about a probe; a face that it does not find is one it is wrong about. */
function judge(
  probe: Probe,
  { faces }: Analysis,
  slot: Slot,
  trial: Trial,
): { identity: boolean; expression: boolean } {
  const face = largest(faces);
  const match = face?.embedding && matcherOf(slot, trial.spec.gallery)?.(face.embedding);
  return {
    identity: face?.embedding !== undefined && (match?.person ?? null) === probe.person,
    expression: face?.expression?.label === probe.expression,
  };
}

function largest(faces: readonly FaceObservation[]): FaceObservation | undefined {
  return faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height)[0];
}

/** A fixed permutation of a list: every k-th, with k prime to its length and near the golden section of it. */
export function mixed<Item>(items: readonly Item[]): Item[] {
  const count = items.length;
  let step = Math.max(1, Math.round(count * 0.618));
  while (divisor(step, count) > 1) step += 1;
  return items.map((_, index) => items[(index * step) % count]!);
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
