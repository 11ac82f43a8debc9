import { describe, expect, test } from "@jest/globals";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { FakeClock } from "../../operator/kit/clock.fake.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { writeStatus, type Facts } from "./report.ts";
import { Reporter } from "./reporter.ts";

const minute = 60_000;
const interval = 30_000;

const facts: Facts = {
  generation: 1,
  slots: { active: { revision: "a", engineKey: "key-a", state: "Ready", since: "2026-01-01T00:00:00.000Z" } },
  trial: undefined,
  swappedBack: undefined,
  galleries: [],
  cameras: [],
  rates: { framesPerSecond: "5", latencyP95Milliseconds: "20", droppedFrames: "0" },
  runtimeVersion: "test",
};

function evidence(n: number, verdict: "Inconclusive" | "Success" = "Inconclusive"): Facts["trial"] {
  const measurement = { metric: "ProbeIdentity", n, verdict };
  return {
    id: "one",
    startedAt: "2026-01-01T00:00:00.000Z",
    verdict,
    message: `n ${n}`,
    evidence: [{ metric: "ProbeIdentity", state: `0:${n}`, measurement }],
  };
}

/** A reporter and an API server that is there or not. */
function setUp(known?: NodeRuntimeStatus) {
  const clock = new FakeClock();
  const server = { uid: "uid-1" as string | undefined, status: known, away: false, defect: false };
  const [now, writes, attempts] = [{ ...facts }, [] as NodeRuntimeStatus[], [] as number[]];
  const reporter = new Reporter({
    live: () => (server.uid === undefined ? undefined : { uid: server.uid, status: server.status }),
    status: (past) => {
      if (server.defect) throw new Error("a defect");
      return writeStatus(now, past, clock.now());
    },
    write: (status) => {
      attempts.push(clock.monotonic());
      if (server.away) return Promise.reject(new Error("away"));
      writes.push(status);
      return Promise.resolve();
    },
    evidenceInterval: interval,
    clock,
    random: () => 0,
    log: createLogger({ name: "test", level: "silent" }),
  });
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  const set = async (change: Partial<Facts>, passing = 1_000) => {
    Object.assign(now, change);
    reporter.notify();
    await clock.advance(passing);
  };
  const end = async () => {
    stop.abort();
    await clock.advance();
    await running;
  };
  return { clock, server, reporter, writes, attempts, set, end };
}

describe("a node's report", () => {
  test("is written at first, and not again while nothing changes", async () => {
    const { set, writes, end } = setUp();
    for (let second = 0; second < 10; second += 1) await set({});
    await end();
    expect(writes).toHaveLength(1);
  });

  test("is not written when the API server has it already, in whatever order it keeps the fields", async () => {
    const { conditions, ...rest } = writeStatus(facts, undefined, 0);
    const reversed = Object.fromEntries(Object.entries(rest).toReversed());
    const { set, writes, end } = setUp({ ...reversed, conditions });
    await set({});
    await end();
    expect(writes).toEqual([]);
  });

  test("is written for each thing that matters, at once", async () => {
    const { set, writes, end } = setUp();
    await set({});
    await set({ cameras: [{ name: "entrance", state: "Streaming" }] }, 100);
    await set({ cameras: [{ name: "entrance", state: "Failed", message: "dark" }] }, 100);
    await set({ generation: 2 }, 100);
    await end();
    expect(writes).toHaveLength(4);
  });

  test("tells changes of a moment in one write", async () => {
    const { set, writes, end } = setUp();
    await set({ generation: 2 }, 0);
    await set({ generation: 3 }, 10);
    await set({ generation: 4 }, 1_000);
    await end();
    expect(writes.map(({ observedGeneration }) => observedGeneration)).toEqual([4]);
  });

  const rates = (framesPerSecond: number, latencyP95Milliseconds = 20, droppedFrames = 0): Partial<Facts> => ({
    rates: {
      framesPerSecond: String(framesPerSecond),
      latencyP95Milliseconds: String(latencyP95Milliseconds),
      droppedFrames: String(droppedFrames),
    },
  });

  test.each<[string, Partial<Facts>, number]>([
    ["is not written for rates that move by less than a tenth", rates(5.4, 21.5, 0.04), 1],
    ["is written for frames that come faster", rates(10), 2],
    ["is written for frames that take longer", rates(5, 25), 2],
    ["is written for frames that are dropped", rates(5, 20, 0.2), 2],
    ["is written when no frames come any more", { rates: undefined }, 2],
  ])("%s", async (_, change, count) => {
    const { set, writes, end } = setUp();
    await set({});
    await set(change, 2 * minute);
    await end();
    expect(writes).toHaveLength(count);
    expect(writes.at(-1)!.rates).toEqual(count === 1 ? facts.rates : change.rates);
  });

  test("tells of rates at most once a minute, and then without being asked again", async () => {
    const { set, clock, attempts, writes, end } = setUp();
    for (let second = 0; second < 200; second += 1) await set(rates(5 + second));
    await set(rates(1), 0);
    await clock.advance(minute);
    await end();
    const waits = attempts.slice(1).map((time, index) => time - attempts[index]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(minute);
    expect(writes.at(-1)?.rates?.framesPerSecond).toBe("1");
  });

  test("tells of more evidence at most every so often, and then without being asked again", async () => {
    const { set, clock, attempts, writes, end } = setUp();
    for (let n = 1; n <= 100; n += 1) await set({ trial: evidence(n) });
    await set({ trial: evidence(101) }, 0);
    await clock.advance(5 * minute);
    await end();
    const waits = attempts.slice(1).map((time, index) => time - attempts[index]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(interval);
    expect(attempts.length).toBeGreaterThanOrEqual(4);
    expect(writes.at(-1)?.trial?.evidence[0]?.state).toBe("0:101");
  });

  test("tells of a verdict at once", async () => {
    const { set, writes, end } = setUp();
    await set({ trial: evidence(1) });
    await set({ trial: evidence(2) });
    await set({ trial: evidence(3, "Success") }, 100);
    await end();
    expect(writes.map(({ trial }) => trial?.verdict)).toEqual(["Inconclusive", "Success"]);
  });

  test("is tried again with longer and longer waits while the API server is away, and tells then what is true by then", async () => {
    const { set, server, clock, attempts, writes, end } = setUp();
    server.away = true;
    for (let second = 0; second < 100; second += 1) await set({ generation: second });
    expect(attempts.length).toBeLessThan(12);
    server.away = false;
    await clock.advance(minute);
    await end();
    expect(writes.map(({ observedGeneration }) => observedGeneration)).toEqual([99]);
  });

  test("survives that it cannot be made", async () => {
    const { set, server, clock, writes, end } = setUp();
    server.defect = true;
    await set({}, 10_000);
    server.defect = false;
    await clock.advance(minute);
    await end();
    expect(writes).toHaveLength(1);
  });

  test("waits for the object, and begins anew with one that takes its place", async () => {
    const { set, server, writes, end } = setUp();
    server.uid = undefined;
    await set({ generation: 2 });
    expect(writes).toEqual([]);
    server.uid = "uid-2";
    await set({});
    server.uid = "uid-3";
    await set({});
    await end();
    expect(writes).toHaveLength(2);
  });

  test("keeps the time of a condition that stays as it was", async () => {
    const { set, writes, end } = setUp();
    await set({});
    await set({ generation: 2 }, minute);
    await end();
    const [first, second] = writes.map(({ conditions }) => conditions![0]!);
    expect(second).toMatchObject({ observedGeneration: 2, lastTransitionTime: first!.lastTransitionTime });
  });

  test("ends at once, though the API server is away", async () => {
    const { set, server, end, attempts } = setUp();
    server.away = true;
    await set({}, 20_000);
    const before = attempts.length;
    await end();
    expect(attempts.length).toBe(before);
  });

  test.each<[string, Partial<Facts>, string, string]>([
    ["nothing is wanted", { slots: {} }, "False", "NoRevision"],
    ["the revision is being loaded", slots("Loading"), "Unknown", "Loading"],
    ["the revision failed", slots("Failed"), "False", "ActiveFailed"],
    [
      "a gallery lacks people",
      { galleries: [{ name: "g", version: "v", people: 0, message: "m" }] },
      "False",
      "GalleryIncomplete",
    ],
    ["a camera gives nothing", { cameras: [{ name: "c", state: "Failed" }] }, "False", "CameraFailed"],
    ["all is well", {}, "True", "Serving"],
  ])("says Ready as it is when %s", (_, change, status, reason) => {
    const { conditions } = writeStatus({ ...facts, ...change }, undefined, 0);
    expect(conditions).toContainEqual(expect.objectContaining({ type: "Ready", status, reason }));
  });
});

function slots(state: "Loading" | "Failed"): Partial<Facts> {
  return { slots: { active: { ...facts.slots.active!, state } } };
}
