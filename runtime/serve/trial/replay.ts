import { setTimeout as sleep } from "node:timers/promises";
import type { RgbImage } from "../../faces/image.ts";
import { primaryFace } from "../../faces/primary-face.ts";
import type { Analysis } from "../../pipeline/analysis.ts";
import { matcherOf } from "../camera/people.ts";
import type { Slot } from "../slot/holder.ts";
import type { Lease, Slots } from "../slot/slots.ts";
import { compareProbe, type ProbeOutcome } from "./compare.ts";
import type { Trial } from "./trial.ts";

/**
 * Identities cannot be compared: without the same people in both slots nobody is recognized by either, and two that
 * recognize nobody would pass for equally good.
 */
export class GalleryNotLoaded extends Error {
  override name = "GalleryNotLoaded";
  readonly gallery: string;
  constructor(gallery: string) {
    super(`gallery ${gallery} is not loaded in both slots, in one version and with people: see status.galleries`);
    this.gallery = gallery;
  }
}

/** A labelled picture as a camera of the site sees it. */
export interface Probe {
  /** The person's pseudonym, or null for somebody who is not enrolled; undefined when not labelled. */
  person?: string | null;
  expression?: string;
  /** Decodes the picture; undefined when it cannot be read. */
  read(): Promise<RgbImage | undefined>;
}

export interface ReplayOptions {
  trial: Trial;
  slots: Pick<Slots, "lease">;
  probes: readonly Probe[];
  /** Part of the time that probes may take from the engines, in (0, 1]. */
  share: number;
  onObserved: () => void;
  signal: AbortSignal;
}

/**
 * Replays labelled probes through both slots in their live state, each once in a trial's life, restarts included. The
 * order is the same on every node, so that pooled nodes have looked at the same pictures; it is mixed, so that the first
 * hundred stand for all. Resolves when all have been seen or the signal aborts.
 * @throws AnalyzerFailed when a slot fails, GalleryNotLoaded: that probe will be the next.
 */
export async function replayProbes(options: ReplayOptions): Promise<void> {
  const { trial, probes, share, onObserved, signal } = options;
  for (const probe of mixed(probes).slice(trial.probes)) {
    const start = performance.now();
    const outcome = await replay(probe, options);
    if (signal.aborted) return;
    trial.observeProbe(compareProbe(outcome));
    onObserved();
    const rest = (performance.now() - start) * (1 / share - 1);
    if (!(await sleep(rest, true, { signal }).catch(() => false))) return;
  }
}

async function replay(probe: Probe, { trial, slots, signal }: ReplayOptions): Promise<ProbeOutcome> {
  const image = await probe.read();
  if (image === undefined || signal.aborted) return {};
  using lease = slots.lease();
  const [candidate, champion] = sidesOf(lease, trial);
  if (candidate === undefined || champion === undefined) throw new Error("the slots are not those of the trial");
  const { gallery } = trial.spec;
  const want = {
    identity: gallery !== undefined && probe.person !== undefined,
    expression: probe.expression !== undefined,
  };
  if (want.identity && !isComparable(gallery!, candidate, champion)) throw new GalleryNotLoaded(gallery!);
  const analyses = [candidate.analyzer.analyze(image, want), champion.analyzer.analyze(image, want)] as const;
  const [seen, reference] = await Promise.all(analyses);
  trial.speed.took(seen.milliseconds);
  const right = {
    candidate: judge(probe, seen, candidate, gallery),
    champion: judge(probe, reference, champion, gallery),
  };
  return {
    ...(want.identity && { identity: { candidate: right.candidate.identity, champion: right.champion.identity } }),
    ...(want.expression && {
      expression: { candidate: right.candidate.expression, champion: right.champion.expression },
    }),
  };
}

function sidesOf(
  { active, standby }: Lease,
  { spec }: Trial,
): [candidate: Slot | undefined, champion: Slot | undefined] {
  return spec.phase === "Soak" ? [active, standby] : [standby, active];
}

function isComparable(gallery: string, candidate: Slot, champion: Slot): boolean {
  const [one, other] = [candidate, champion].map(({ galleries }) => galleries.get(gallery));
  const people = Math.min(one?.gallery?.people.length ?? 0, other?.gallery?.people.length ?? 0);
  return people > 0 && one!.version === other!.version;
}

/** Whether a slot was right about a probe; a face that it does not find is one it is wrong about. */
function judge(
  probe: Probe,
  { faces }: Analysis,
  slot: Slot,
  gallery: string | undefined,
): { identity: boolean; expression: boolean } {
  const face = primaryFace(faces);
  const identity = face?.embedding && matcherOf(slot, gallery)?.(face.embedding);
  const person = identity?.known === true ? identity.person : null;
  return {
    identity: identity !== undefined && person === probe.person,
    expression: face?.expression?.label === probe.expression,
  };
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
