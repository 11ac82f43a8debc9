import { describe, expect, test } from "@jest/globals";
import { ApiError } from "./api-error.ts";
import { Cache } from "./cache.ts";
import { FakeClock } from "./clock.fake.ts";
import { afterError, type Controller, defineController, type Reconcile, type Watch, watch } from "./controller.ts";
import { DeadlineExceeded } from "./deadline.ts";
import { Incomplete, Terminal, Waiting } from "./errors.ts";
import { createLogger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { KubeObject } from "./object.ts";

interface Job extends KubeObject {
  readonly owner: string;
}

function job(name: string, owner: string, version: number): Job {
  return { apiVersion: "v1", kind: "Job", metadata: { name, uid: name, resourceVersion: String(version) }, owner };
}

interface Rig extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly controller: Controller;
  readonly metrics: Metrics;
  readonly lines: { readonly level: string; readonly msg: string }[];
  readonly stop: AbortController;
  readonly abort: AbortController;
  readonly running: Promise<void>;
  value(metric: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

async function startRig(reconcile: Reconcile, watches: readonly Watch[] = [], timeout = 1_000): Promise<Rig> {
  const clock = new FakeClock();
  const metrics = createMetrics();
  const lines: Rig["lines"] = [];
  const log = createLogger({ name: "test", level: "debug" }, { write: (line) => lines.push(JSON.parse(line)) });
  const options = { name: "jobs", clock, random: () => 0, log, metrics, timeout, concurrency: 2 };
  const controller = defineController({
    ...options,
    watches,
    reconcile,
    backoff: { base: 100, cap: 1_000, jitter: 0 },
  });
  const [stop, abort] = [new AbortController(), new AbortController()];
  const running = controller.run({ stop: stop.signal, abort: abort.signal });
  await clock.advance(0);
  return {
    ...{ clock, controller, metrics, lines, stop, abort, running },
    async value(metric, labels = {}) {
      const { values } = (await metrics.registry.getSingleMetric(metric)!.get()) as {
        values: { metricName?: string; labels: Record<string, string>; value: number }[];
      };
      const found = values.find(
        (value) =>
          (value.metricName ?? metric).replace(/_count$/, "") === metric &&
          !(value.metricName ?? "").endsWith("_bucket") &&
          Object.entries(labels).every(([name, wanted]) => value.labels[name] === wanted),
      );
      return found?.value ?? Number.NaN;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      abort.abort(new Error("test over"));
      await clock.advance(0);
      await running;
    },
  };
}

describe("a controller", () => {
  test("waits for its caches, reconciles what is there, and then what changes", async () => {
    const cache = new Cache<Job>();
    const synced = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    cache.upsert(job("a", "x", 1));
    const watches = [watch({ cache, synced: synced.promise }, ({ owner }) => [owner])];
    await using rig = await startRig((key) => Promise.resolve(void seen.push(key)), watches);
    await rig.clock.advance(100);
    expect(seen).toEqual([]);
    synced.resolve(undefined);
    await rig.clock.advance(100);
    expect(seen).toEqual(["x"]);
    cache.upsert(job("b", "y", 2));
    await rig.clock.advance(0);
    expect(seen).toEqual(["x", "y"]);
    expect(await rig.value("kit_event_to_reconcile_seconds")).toBe(1);
  });

  test("reconciles the owner of before and the owner of now when an object changes hands", async () => {
    const cache = new Cache<Job>();
    const seen: string[] = [];
    cache.upsert(job("a", "x", 1));
    const watches = [watch({ cache, synced: Promise.resolve() }, ({ owner }) => [owner])];
    await using rig = await startRig((key) => Promise.resolve(void seen.push(key)), watches);
    await rig.clock.advance(0);
    seen.length = 0;
    cache.upsert(job("a", "y", 2));
    await rig.clock.advance(0);
    expect(seen.sort()).toEqual(["x", "y"]);
  });

  test("leaves out changes that do not count", async () => {
    const cache = new Cache<Job>();
    const seen: string[] = [];
    const watches = [
      watch(
        { cache, synced: Promise.resolve() },
        ({ owner }) => [owner],
        ({ type }) => type === "Deleted",
      ),
    ];
    await using rig = await startRig((key) => Promise.resolve(void seen.push(key)), watches);
    cache.upsert(job("a", "x", 1));
    await rig.clock.advance(0);
    expect(seen).toEqual([]);
    cache.remove(job("a", "x", 2));
    await rig.clock.advance(0);
    expect(seen).toEqual(["x"]);
  });

  test("logs a change that it cannot map to keys, and hears the next", async () => {
    const cache = new Cache<Job>();
    const seen: string[] = [];
    const map = ({ owner }: Job): string[] => {
      if (owner === "bad") throw new TypeError("cannot be mapped");
      return [owner];
    };
    const watches = [watch({ cache, synced: Promise.resolve() }, map)];
    await using rig = await startRig((key) => Promise.resolve(void seen.push(key)), watches);
    cache.upsert(job("a", "bad", 1));
    cache.upsert(job("b", "y", 2));
    await rig.clock.advance(0);
    expect([seen, rig.lines.map(({ msg }) => msg)]).toEqual([
      ["y"],
      ["controller started", "a change could not be mapped to keys"],
    ]);
  });

  test("comes back when asked to", async () => {
    const times: number[] = [];
    await using rig = await startRig(() => {
      times.push(rig.clock.monotonic());
      return Promise.resolve(times.length < 3 ? { requeueAfter: 500 } : undefined);
    });
    rig.controller.enqueue("a");
    await rig.clock.advance(5_000);
    expect(times).toEqual([0, 500, 1_000]);
    expect(await rig.value("controller_runtime_reconcile_total", { result: "requeue_after" })).toBe(2);
    expect(await rig.value("controller_runtime_reconcile_total", { result: "success" })).toBe(1);
  });

  test("survives a defect, logs and counts it, and tries again", async () => {
    let calls = 0;
    await using rig = await startRig(() => {
      calls += 1;
      if (calls === 1) (undefined as unknown as { x: () => void }).x();
      return Promise.resolve();
    });
    rig.controller.enqueue("a");
    await rig.clock.advance(100);
    expect(calls).toBe(2);
    expect(await rig.value("controller_runtime_reconcile_panics_total")).toBe(1);
    expect(await rig.value("controller_runtime_reconcile_errors_total")).toBe(1);
    expect(rig.lines.filter(({ level }) => level === "error").map(({ msg }) => msg)).toEqual(["reconcile failed"]);
  });

  test("aborts a reconcile that takes too long, counts it, and tries again", async () => {
    const reasons: unknown[] = [];
    await using rig = await startRig(async (_key, { signal }) => {
      await rig.clock.sleep(60_000, signal).catch((reason: unknown) => {
        reasons.push(reason);
        throw reason;
      });
    });
    rig.controller.enqueue("a");
    await rig.clock.advance(1_500);
    expect(reasons[0]).toBeInstanceOf(DeadlineExceeded);
    expect(await rig.value("controller_runtime_reconcile_timeouts_total")).toBe(1);
    expect(await rig.value("controller_runtime_active_workers")).toBe(1);
  });

  test("calls itself unwell while a reconcile heeds no signal, and keeps its key to it", async () => {
    let calls = 0;
    await using rig = await startRig(() => {
      calls += 1;
      return calls === 1 ? rig.clock.sleep(20_000) : Promise.resolve();
    });
    rig.controller.enqueue("a");
    await rig.clock.advance(3_000);
    rig.controller.enqueue("a");
    expect(rig.controller.problem()).toBeUndefined();
    await rig.clock.advance(3_000);
    expect([rig.controller.problem(), calls]).toEqual(["a reconcile has been running for 6000 ms", 1]);
    await rig.clock.advance(15_000);
    expect([rig.controller.problem(), calls]).toEqual([undefined, 2]);
  });

  test("finishes what is under way when told to stop, and takes nothing more", async () => {
    const done: string[] = [];
    await using rig = await startRig(async (key) => {
      await rig.clock.sleep(300);
      done.push(key);
    });
    for (const key of ["a", "b", "c"]) rig.controller.enqueue(key);
    await rig.clock.advance(100);
    rig.stop.abort();
    await rig.clock.advance(1_000);
    await rig.running;
    expect(done).toEqual(["a", "b"]);
  });

  test("cuts short what is under way when told to abort, without calling it an error", async () => {
    await using rig = await startRig((_key, { signal }) => rig.clock.sleep(60_000, signal));
    rig.controller.enqueue("a");
    await rig.clock.advance(100);
    rig.stop.abort();
    rig.abort.abort(new Error("lease lost"));
    await rig.running;
    expect(await rig.value("controller_runtime_reconcile_errors_total")).toBe(0);
  });

  test("ends when told to before its caches have synced", async () => {
    const watches = [watch({ cache: new Cache<Job>(), synced: new Promise(() => undefined) }, () => [])];
    await using rig = await startRig(() => Promise.resolve(), watches);
    rig.stop.abort();
    await rig.running;
    expect(rig.controller.problem()).toBeUndefined();
  });
});

describe("an error out of a reconcile", () => {
  test.each([
    [
      "that waits comes back when it says, and is none",
      new Waiting("Building", { retryAfter: 5_000 }),
      { type: "After", delay: 5_000 },
      "requeue_after",
    ],
    ["that is terminal does not come back", new Terminal("BadSpec", "no"), { type: "Forget" }, "error"],
    ["of a conflict comes back and is none", new ApiError("", { kind: "Conflict" }), { type: "Retry" }, "requeue"],
    [
      "with a time to wait comes back no earlier",
      new ApiError("", { kind: "TooManyRequests", retryAfter: 9_000 }),
      { type: "Retry", atLeast: 9_000 },
      "error",
    ],
    [
      "of some parts comes back for the others when they are due, however often it failed",
      new Incomplete([new Error("x"), new ApiError("", { kind: "Conflict" })], { requeueAfter: 7_000 }),
      { type: "Retry", atLeast: undefined, atMost: 7_000 },
      "error",
    ],
    [
      "of some parts comes back no earlier than the server wants that asks for the longest time",
      new Incomplete([2_000, 9_000].map((retryAfter) => new ApiError("", { kind: "TooManyRequests", retryAfter }))),
      { type: "Retry", atLeast: 9_000 },
      "error",
    ],
    [
      "of some parts that only met conflicts is none",
      new Incomplete([new ApiError("", { kind: "Conflict" })]),
      { type: "Retry" },
      "requeue",
    ],
    ["of any kind comes back", new Error("x"), { type: "Retry", atLeast: undefined }, "error"],
  ])("%s", (_story, error, next, result) => {
    expect(afterError(error)).toMatchObject({ next, result });
  });

  test.each([
    [new TypeError("x"), true],
    ["a string", true],
    [new Error("x"), false],
    [new ApiError("", { kind: "InternalError" }), false],
    [new Incomplete([new Error("x"), new TypeError("x")]), true],
  ])("%p is a panic: %p", (error, panic) => expect(afterError(error).panic).toBe(panic));
});
