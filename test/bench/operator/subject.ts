import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { FaceModel } from "../../../crds/facemodel.ts";
import type { NodeRuntime } from "../../../crds/noderuntime.ts";
import type { Client } from "../../../operator/kit/client.ts";
import { systemClock } from "../../../operator/kit/clock.ts";
import { createLogger } from "../../../operator/kit/log.ts";
import { Reflector } from "../../../operator/kit/reflector.ts";
import * as resources from "../../../operator/resources.ts";
import { model } from "./fleet.ts";

/** A program that keeps the fleet in its caches and writes FaceModel.status.progress. */
export interface Subject {
  readonly pid: number;
  /** Resolves when it has listed everything and has begun to reconcile. */
  readonly working: Promise<unknown>;
  end(): Promise<unknown>;
}

/** What was measured of a subject. */
export interface Figures {
  /** From the start of the process to its first reconcile. */
  readonly syncSeconds: number;
  /** Resident memory after it has had nothing to do for a while, and the most there ever was. */
  readonly steadyMiB: number;
  readonly peakMiB: number;
  /** From the patch of a NodeRuntime's status to the FaceModel's status that answers it, as a third party sees both; sorted. */
  readonly answers: readonly number[];
}

/** Runs a subject from its start to its end. */
export async function measure(
  admin: Client,
  start: () => Subject,
  { calm, flips }: { calm: number; flips: number },
): Promise<Figures> {
  const started = performance.now();
  const subject = start();
  try {
    await subject.working;
    const syncSeconds = (performance.now() - started) / 1000;
    await delay(calm);
    const steadyMiB = await memory(subject.pid, "VmRSS");
    const answers = await flip(admin, flips);
    return { syncSeconds, steadyMiB, peakMiB: await memory(subject.pid, "VmHWM"), answers };
  } finally {
    await subject.end();
  }
}

/** A figure of the process in MiB, as Linux counts it (proc_pid_status(5)). */
async function memory(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)![1]) / 1024;
}

/** Lets one runtime after the other load its engines anew, and see the count of nodes that are done follow. In milliseconds. */
async function flip(admin: Client, times: number): Promise<number[]> {
  const { items } = await admin.list<NodeRuntime>(resources.noderuntimes, { namespace: model.namespace });
  const watched = await follow(admin);
  const answers: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const runtime = items[time % items.length]!;
    for (const [state, done] of [
      ["Loading", items.length - 1],
      ["Ready", items.length],
    ] as const) {
      const sent = performance.now();
      const body = { status: { slots: { active: { state } } } };
      await admin.patch(resources.noderuntimes, runtime.metadata, { type: "merge", subresource: "status", body });
      await watched.until(`${done}/${items.length}`);
      answers.push(performance.now() - sent);
    }
  }
  await watched.stop();
  return answers.toSorted((a, b) => a - b);
}

async function follow(admin: Client) {
  const log = createLogger({ name: "bench", level: "silent" });
  const parts = { client: admin, clock: systemClock, random: Math.random, log };
  const models = new Reflector({
    ...parts,
    namespace: model.namespace,
    resource: resources.facemodels,
    pick: (one: FaceModel) => one,
  });
  const stop = new AbortController();
  const running = models.run(stop.signal);
  await models.synced;
  const progress = () => models.cache.get(`${model.namespace}/${model.name}`)?.status?.progress;
  return {
    until: (wanted: string) =>
      new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`progress is ${progress() ?? "unknown"} and not ${wanted} after 30 s`)),
          30_000,
        );
        const end = models.cache.subscribe(() => {
          if (progress() !== wanted) return;
          clearTimeout(late);
          queueMicrotask(() => end());
          resolve();
        });
      }),
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** The value below which such a share of sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
