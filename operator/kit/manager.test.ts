import { describe, expect, test } from "@jest/globals";
import { setImmediate as turn } from "node:timers/promises";
import { FakeClock } from "./clock.fake.ts";
import { systemClock } from "./clock.ts";
import type { Controller, StopSignals } from "./controller.ts";
import { hasAborted, untilAborted } from "./deadline.ts";
import type { EventRecorder } from "./events.ts";
import { eventually } from "./eventually.fake.ts";
import { type LeaderElector, LeaseLost } from "./lease.ts";
import { createLogger } from "./log.ts";
import { type ManagerOptions, type ManagerOutcome, runManager, type Runnable } from "./manager.ts";
import { createMetrics } from "./metrics.ts";

interface Rig {
  readonly clock: FakeClock;
  readonly story: string[];
  readonly stop: AbortController;
  /** Makes renewing fail. */
  readonly lose: () => void;
  readonly outcome: Promise<ManagerOutcome>;
}

function quiet(lines: string[] = []): ManagerOptions["log"] {
  return createLogger(
    { name: "test" },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
}

/** A manager of one reflector and one controller whose last reconcile takes `finishing` milliseconds. */
function startRig(finishing: number, heedsAbort = true, more: Partial<ManagerOptions> = {}): Rig {
  const [clock, story, stop] = [new FakeClock(), [] as string[], new AbortController()];
  const lost = Promise.withResolvers<undefined>();
  const elector: LeaderElector = {
    acquire: () => Promise.resolve(void story.push("lease acquired")),
    hold: (signal) =>
      Promise.race([untilAborted(signal), lost.promise.then(() => Promise.reject(new LeaseLost("lost")))]),
    release: () => Promise.resolve(void story.push("lease released")),
    isLeader: () => true,
    assertHeld: () => undefined,
  };
  const controller: Controller = {
    name: "jobs",
    enqueue: () => undefined,
    problem: () => undefined,
    async run({ stop, abort }: StopSignals) {
      story.push("controller runs");
      await untilAborted(stop);
      await clock.sleep(finishing, heedsAbort ? abort : undefined).catch(() => story.push("reconcile aborted"));
      story.push("controller ended");
    },
  };
  const reflector: Runnable = {
    name: "things",
    async run(signal) {
      story.push("reflector runs");
      await untilAborted(signal);
      story.push("reflector ended");
    },
  };
  const recorder: EventRecorder = {
    record: () => undefined,
    drain: () => Promise.resolve(void story.push("events drained")),
  };
  const options = {
    runnables: [reflector],
    controllers: [controller],
    elector,
    recorder,
    clock,
    random: () => 0,
    log: quiet(),
    ...more,
  };
  return { clock, story, stop, lose: () => lost.resolve(undefined), outcome: runManager(options, stop.signal) };
}

const STARTED = ["reflector runs", "lease acquired", "controller runs"];

describe("a manager", () => {
  test("stops in the order that lets everything finish", async () => {
    const { clock, story, stop, outcome } = startRig(5_000);
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(5_000);
    expect(await outcome).toBe("Stopped");
    expect(story).toEqual([...STARTED, "controller ended", "events drained", "lease released", "reflector ended"]);
  });

  test("aborts reconciles that take too long to finish, and then goes on stopping", async () => {
    const { clock, story, stop, outcome } = startRig(60_000);
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(20_000);
    expect(await outcome).toBe("Stopped");
    expect(story.slice(3)).toEqual([
      "reconcile aborted",
      "controller ended",
      "events drained",
      "lease released",
      "reflector ended",
    ]);
  });

  test("abandons reconciles that heed nothing", async () => {
    const { clock, story, stop, outcome } = startRig(60_000, false);
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(23_001);
    expect(await outcome).toBe("Stopped");
    expect(story.slice(3)).toEqual(["events drained", "lease released", "reflector ended"]);
  });

  test("aborts everything at once when it loses the lease, and leaves the lease alone", async () => {
    const { clock, story, lose, outcome } = startRig(60_000);
    await clock.advance(1_000);
    lose();
    await clock.advance(0);
    expect(await outcome).toBe("LeaseLost");
    expect(story.slice(3)).toEqual(["reconcile aborted", "controller ended", "events drained", "reflector ended"]);
  });

  test("starts a reflector again that fails, and lets the others be", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    let starts = 0;
    const failing: Runnable = {
      name: "failing",
      run: (signal) => {
        starts += 1;
        return starts < 3 ? Promise.reject(new Error("defect")) : untilAborted(signal);
      },
    };
    const outcome = runManager(
      { runnables: [failing], controllers: [], clock, random: () => 0, log: quiet() },
      stop.signal,
    );
    await clock.advance(10_000);
    expect([starts, hasAborted(stop.signal)]).toEqual([3, false]);
    stop.abort();
    await clock.advance(0);
    expect(await outcome).toBe("Stopped");
  });

  test("outlives a rejection that nobody handled, and counts it", async () => {
    const metrics = createMetrics();
    const lines: string[] = [];
    const stop = new AbortController();
    const before = process.listeners("unhandledRejection").length;
    const outcome = runManager(
      { runnables: [], controllers: [], clock: systemClock, random: Math.random, log: quiet(lines), metrics },
      stop.signal,
    );
    process.emit("unhandledRejection", new Error("nobody"), Promise.resolve());
    await turn();
    stop.abort();
    expect(await outcome).toBe("Stopped");
    expect(lines).toContain("a rejection was not handled");
    expect(await metrics.registry.metrics()).toContain("kit_unhandled_rejections_total 1");
    expect(process.listeners("unhandledRejection").length).toBe(before);
  });

  test("serves health, readiness and metrics while it runs, and no longer", async () => {
    const lines: { msg: string; url?: string }[] = [];
    const log = createLogger({ name: "test" }, { write: (line) => lines.push(JSON.parse(line)) });
    const stop = new AbortController();
    const reflector = { name: "things", hasSynced: false, run: untilAborted };
    const listen = { host: "127.0.0.1", port: 0 };
    const options = { runnables: [reflector], controllers: [], listen, clock: systemClock, random: Math.random, log };
    const outcome = runManager({ ...options, metrics: createMetrics() }, stop.signal);
    const url = await eventually(
      () => lines.find(({ url }) => url !== undefined)?.url,
      (found) => found !== undefined,
    );
    const ask = async (path: string) =>
      fetch(`${url!}${path}`).then(async (answer) => [answer.status, await answer.text()]);
    expect(await ask("/healthz")).toEqual([200, "ok\n"]);
    expect(await ask("/readyz")).toEqual([503, "[-] things: not synced yet\nfailed\n"]);
    reflector.hasSynced = true;
    expect(await ask("/readyz")).toEqual([200, "[+] things ok\nok\n"]);
    expect((await ask("/metrics"))[1]).toContain("# TYPE rest_client_requests_total counter");
    expect((await ask("/other"))[0]).toBe(404);
    expect((await fetch(`${url!}/healthz`, { method: "POST" })).status).toBe(405);
    stop.abort();
    await outcome;
    await expect(fetch(`${url!}/healthz`)).rejects.toThrow();
  });

  test("does not start when it cannot listen, and says where", async () => {
    const options = { runnables: [], controllers: [], clock: systemClock, random: Math.random, log: quiet() };
    await expect(
      runManager({ ...options, listen: { host: "192.0.2.1", port: 1 } }, new AbortController().signal),
    ).rejects.toThrow("cannot listen on 192.0.2.1:1");
  });
});
