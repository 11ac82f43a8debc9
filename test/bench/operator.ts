/**
 * What the operator costs with 200 nodes that each have an EngineBuild, its Job and pod, a NodeRuntime, a Deployment and
 * a camera: resident memory, time to its first reconcile, time from a runtime's report to the status that answers it,
 * and what it writes when there is nothing to do. The control plane, the Jobs and the Deployments are real; the devices
 * are stand-ins that only report.
 *
 * Prints a table and writes `.bench/operator.json`. The baseline is a controller on controller-runtime in Go that keeps the same objects and answers the same reports, in the same run.
 */
import { setTimeout as delay } from "node:timers/promises";
import { standInForDevices } from "../support/devices.ts";
import { namespace } from "../support/fleet.ts";
import { type OperatorProcess, startOperator } from "../support/operator-process.ts";
import { type OperatorRig, startOperatorRig, writesOfOperator } from "../support/operator-rig.ts";
import { orderFleet, untilPromoted } from "./operator/fleet.ts";
import { buildGoPeer, startGoPeer } from "./operator/go-peer.ts";
import { type Figures, measure, quantile, type Subject } from "./operator/subject.ts";
import { report, say } from "./report/report.ts";
import { atMost, row, type Goal, type Row } from "./report/row.ts";

const SIZE = 200;
const FLIPS = 50;
/** Milliseconds after which memory counts as steady, and for which idle writes are counted. */
const CALM = 30_000;

async function startInPod(rig: OperatorRig): Promise<() => OperatorProcess> {
  const { flags, env } = await rig.pod();
  return () => startOperator([...flags, `--namespace=${namespace}`, "--runtime-image=facefleet:1"], env);
}

function asSubject(operator: OperatorProcess): Subject {
  const working = operator.logged("controller started");
  return { pid: operator.pid, working, end: () => operator.end("SIGKILL") };
}

/** Rolls a revision out to every node. @returns how many seconds that took. */
async function rollOut(rig: OperatorRig, start: () => OperatorProcess): Promise<number> {
  await using _ = await standInForDevices(rig.admin, namespace);
  const operator = start();
  await operator.logged("controller started");
  await orderFleet(rig.admin, SIZE);
  const begun = performance.now();
  await untilPromoted(rig.admin, 420);
  await operator.end("SIGTERM");
  return (performance.now() - begun) / 1000;
}

interface Scrape {
  readonly stallMilliseconds: number;
  readonly idleWrites: number;
}

/** What only the operator itself, and the server's audit log, can tell of a while without work. */
async function watchIdle(rig: OperatorRig, start: () => OperatorProcess): Promise<Scrape> {
  const operator = start();
  await operator.logged("controller started");
  const before = await settledWrites(rig);
  await operator.ask("/metrics");
  await delay(CALM);
  const { body } = await operator.ask("/metrics");
  const idleWrites = (await writesOfOperator(rig)).length - before;
  await operator.end("SIGTERM");
  const stall = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(body)![1]!;
  return { stallMilliseconds: Number(stall) * 1000, idleWrites };
}

/** How much the operator had written once it wrote nothing for a while: it was ended as soon as all was promoted. */
async function settledWrites(rig: OperatorRig): Promise<number> {
  const deadline = performance.now() + 60_000;
  for (let before = -1; ;) {
    const writes = (await writesOfOperator(rig)).length;
    if (writes === before || performance.now() > deadline) return writes;
    before = writes;
    await delay(5_000);
  }
}

function rowsOf(own: Figures, peer: Figures | undefined, idle: Scrape, rolledOut: number): readonly Row[] {
  const both = (name: string, unit: string, goal: Goal | null, of: (figures: Figures) => number): Row =>
    row(name, unit, of(own), { baseline: peer === undefined ? null : of(peer), goal });
  return [
    both("resident memory, steady", "MiB", atMost(200), (figures) => figures.steadyMiB),
    both("resident memory, peak", "MiB", atMost(300), (figures) => figures.peakMiB),
    both("start to first reconcile", "s", atMost(10), (figures) => figures.syncSeconds),
    both("report to answered status, p50", "ms", null, (figures) => quantile(figures.answers, 0.5)),
    both("report to answered status, p95", "ms", atMost(1000), (figures) => quantile(figures.answers, 0.95)),
    row("event loop delay when idle, p99", "ms", idle.stallMilliseconds, { goal: atMost(100) }),
    row(`writes in ${CALM / 1000} s without work`, "requests", idle.idleWrites, { goal: atMost(0) }),
    row(`rollout to ${SIZE} nodes`, "s", rolledOut),
  ];
}

say("Building the Go peer");
const program = await buildGoPeer();
say("Starting a control plane");
await using rig = await startOperatorRig();
const start = await startInPod(rig);
say(`Rolling out to ${SIZE} nodes`);
const rolledOut = await rollOut(rig, start);
say("Measuring the operator without work");
const idle = await watchIdle(rig, start);
say(`Measuring the operator, with ${2 * FLIPS} reports`);
const own = await measure(rig.admin, () => asSubject(start()), { calm: CALM, flips: FLIPS });
say("Measuring the Go peer in the same way");
const peer =
  program === undefined
    ? undefined
    : await measure(rig.admin, () => startGoPeer(program, rig.cluster.adminKubeconfig, namespace), {
        calm: CALM,
        flips: FLIPS,
      });
await report("operator", rowsOf(own, peer, idle, rolledOut), "Go peer");
