import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import type { ClusterView } from "./world.ts";

/** What the runtimes counted, over all nodes, whatever runs of theirs ended meanwhile. */
export interface Counters {
  frames: { seen: number; lostAtSwaps: number };
  /** `lost` were refused by the receiver, fell out of a full spool, or could not be written. */
  events: { accepted: number; delivered: number; lost: number };
}

/** Reads the runtimes' metrics over and over, until it is disposed of: a runtime that is killed takes its counts along. */
export interface Counting extends AsyncDisposable {
  /**
   * The counts once every runtime answers and has delivered what it accepted, or after `seconds`.
   * @returns the counts, and the pods that did not answer.
   */
  total(seconds: number, signal: AbortSignal): Promise<{ counters: Counters; silent: string[] }>;
}

const interval = 1_000;
const patience = { headersTimeout: 2_000, bodyTimeout: 2_000 };

/** Samples by name and labels, such as `facefleet_events_total{outcome="accepted"}`. */
type Page = ReadonlyMap<string, number>;

/** The counts of one pod: of the runs that ended, and of the one that is on. */
interface Tally {
  readonly ended: Map<string, number>;
  current: Page;
}

/** Counters that a runtime keeps over its restarts: they do not begin anew. */
const isKept = (sample: string): boolean => sample.startsWith("facefleet_events");

export function countAll(view: ClusterView): Counting {
  const tallies = new Map<string, Tally>();
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await readAll(view, tallies);
      await sleep(interval, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async total(seconds, signal) {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        const silent = await readAll(view, tallies);
        const counters = sumOf(tallies);
        const isWhole = silent.length === 0 && sum(tallies, "facefleet_events_pending", "") === 0;
        if (isWhole || performance.now() > deadline) return { counters, silent };
        await sleep(interval, undefined, { signal });
      }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}

/** @returns the pods that do not answer. */
async function readAll(view: ClusterView, tallies: Map<string, Tally>): Promise<string[]> {
  const pods = view.pods.cache.list().filter(({ metadata, status }) => status?.podIP && isRuntime(metadata.name));
  const silent = await Promise.all(
    pods.map(async ({ metadata: { name, uid }, status }) => {
      const page = await scrape(status!.podIP!);
      if (page === undefined) return [name];
      take(tallies, uid, page);
      return [];
    }),
  );
  return silent.flat();
}

function isRuntime(pod: string): boolean {
  return pod.includes("-runtime-");
}

async function scrape(address: string): Promise<Page | undefined> {
  try {
    const { statusCode, body } = await request(`http://${address}:8080/metrics`, patience);
    const text = await body.text();
    return statusCode === 200 ? parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The text format of Prometheus. */
function parse(text: string): Page {
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

/** A count that has become smaller has begun anew: what it came to before is added. */
function take(tallies: Map<string, Tally>, uid: string, page: Page): void {
  const tally = tallies.get(uid) ?? { ended: new Map<string, number>(), current: new Map<string, number>() };
  const isAnother = [...tally.current].some(([sample, value]) => isTotal(sample) && (page.get(sample) ?? 0) < value);
  if (isAnother)
    for (const [sample, value] of tally.current)
      if (isTotal(sample) && !isKept(sample)) tally.ended.set(sample, (tally.ended.get(sample) ?? 0) + value);
  tally.current = page;
  tallies.set(uid, tally);
}

function isTotal(sample: string): boolean {
  return /^facefleet_\w+_total\b/.test(sample);
}

function sumOf(tallies: ReadonlyMap<string, Tally>): Counters {
  const events = (outcome: string) => sum(tallies, "facefleet_events_total", `outcome="${outcome}"`);
  return {
    frames: {
      seen: sum(tallies, "facefleet_frames_total", 'outcome="seen"'),
      lostAtSwaps: sum(tallies, "facefleet_frames_lost_total", 'reason="swap"'),
    },
    events: {
      accepted: events("accepted"),
      delivered: events("delivered"),
      lost: ["refused", "overflowed", "unwritten"].map(events).reduce((a, b) => a + b),
    },
  };
}

function sum(tallies: ReadonlyMap<string, Tally>, name: string, label: string): number {
  const pages = [...tallies.values()].flatMap(({ ended, current }) => [...ended, ...current]);
  const wanted = ([sample]: [string, number]) => /^\w+/.exec(sample)?.[0] === name && sample.includes(label);
  return pages.filter(wanted).reduce((total, [, value]) => total + value, 0);
}
