import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FakeClock } from "./clock.fake.ts";
import { type Next, type Process, WorkQueue } from "./workqueue.ts";

const DONE: Next = { type: "Forget" };

function makeQueue(backoff = { base: 100, cap: 1_000, jitter: 0 }): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ name: "test", clock, random: () => 0, backoff }) };
}

/** A process that takes `duration` milliseconds and writes down what it worked on, and when. */
function working(
  clock: FakeClock,
  duration: number,
  next: (key: string) => Next = () => DONE,
): { process: Process; log: string[] } {
  const log: string[] = [];
  const process = async (key: string): Promise<Next> => {
    log.push(`${key}@${clock.monotonic()}`);
    await clock.sleep(duration);
    return next(key);
  };
  return { process, log };
}

describe("a work queue", () => {
  test("processes a key once however often it was added while it waited", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 1);
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    queue.start(process, 1);
    await clock.advance(100);
    expect(log).toEqual(["a@0", "b@1"]);
  });

  test("processes a key once more when it was added while being processed, and not before it is done", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 50);
    queue.start(process, 8);
    queue.add("a");
    await clock.advance(10);
    queue.add("a");
    queue.add("a");
    await clock.advance(200);
    expect(log).toEqual(["a@0", "a@50"]);
  });

  test("processes no more keys at once than it may", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 10);
    for (const key of ["a", "b", "c", "d", "e"]) queue.add(key);
    queue.start(process, 2);
    await clock.advance(100);
    expect(log).toEqual(["a@0", "b@0", "c@10", "d@10", "e@20"]);
  });

  test("waits longer with each failure of a key, up to the cap, and forgets them after a success", async () => {
    const { clock, queue } = makeQueue();
    const answers: Next[] = [...Array<Next>(5).fill({ type: "Retry" }), DONE, { type: "Retry" }];
    const { process, log } = working(clock, 0, () => answers.shift() ?? DONE);
    queue.start(process, 1);
    queue.add("a");
    await clock.advance(5_000);
    queue.add("a");
    await clock.advance(1_000);
    expect(log).toEqual(["a@0", "a@100", "a@300", "a@700", "a@1500", "a@2500", "a@5000", "a@5100"]);
  });

  test("takes a rejection and a throw for a failure", async () => {
    const { clock, queue } = makeQueue();
    let calls = 0;
    const process = (): Promise<Next> => {
      calls += 1;
      if (calls === 1) throw new Error("outright");
      return calls === 2 ? Promise.reject(new Error("later")) : Promise.resolve(DONE);
    };
    queue.start(process, 1);
    queue.add("a");
    await clock.advance(299);
    expect(calls).toBe(2);
    await clock.advance(1);
    expect([calls, queue.failuresOf("a")]).toEqual([3, 0]);
  });

  test("waits at least as long as a failure asks", async () => {
    const { clock, queue } = makeQueue();
    const answers: Next[] = [{ type: "Retry", atLeast: 700 }];
    const { process, log } = working(clock, 0, () => answers.shift() ?? DONE);
    queue.start(process, 1);
    queue.add("a");
    await clock.advance(1_000);
    expect(log).toEqual(["a@0", "a@700"]);
  });

  test("waits no longer than a failure allows, however often the key has failed", async () => {
    const { clock, queue } = makeQueue();
    const answers: Next[] = Array.from({ length: 4 }, () => ({ type: "Retry", atMost: 150 }));
    const { process, log } = working(clock, 0, () => answers.shift() ?? DONE);
    queue.start(process, 1);
    queue.add("a");
    await clock.advance(1_000);
    expect(log).toEqual(["a@0", "a@100", "a@250", "a@400", "a@550"]);
  });

  test("lets the earliest of several delayed adds win", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 0);
    queue.start(process, 1);
    queue.addAfter("a", 500);
    queue.addAfter("a", 200);
    queue.addAfter("a", 900);
    await clock.advance(2_000);
    expect(log).toEqual(["a@200"]);
  });

  test("lets an immediate add supersede a delayed one", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 0);
    queue.start(process, 1);
    queue.addAfter("a", 500);
    queue.add("a");
    await clock.advance(2_000);
    expect(log).toEqual(["a@0"]);
  });

  test("keeps a delayed add that came while the key was being processed", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 100);
    queue.start(process, 1);
    queue.add("a");
    await clock.advance(50);
    queue.addAfter("a", 300);
    await clock.advance(2_000);
    expect(log).toEqual(["a@0", "a@350"]);
  });

  test("drains: what is under way ends, what waits is dropped, and nothing more is taken", async () => {
    const { clock, queue } = makeQueue();
    const { process, log } = working(clock, 100);
    queue.start(process, 1);
    for (const key of ["a", "b"]) queue.add(key);
    queue.addAfter("c", 10);
    await clock.advance(50);
    const drained = queue.drain();
    queue.add("d");
    await clock.advance(1_000);
    await drained;
    expect(log).toEqual(["a@0"]);
    expect([clock.pending, queue.active, queue.depth]).toEqual([0, 0, 0]);
  });
});

type Step =
  | { readonly do: "add"; readonly key: string }
  | { readonly do: "delay"; readonly key: string; readonly by: number }
  | { readonly do: "wait"; readonly for: number };

const key = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("add" as const), key }),
  fc.record({ do: fc.constant("delay" as const), key, by: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ do: fc.constant("wait" as const), for: fc.integer({ min: 0, max: 30 }) }),
);
const behavior = fc.record({
  duration: fc.integer({ min: 0, max: 40 }),
  next: fc.constantFrom<Next>(DONE, { type: "After", delay: 15 }, { type: "Retry" }),
});

test("never two at once for a key, never more than the limit, and each add is followed by a start", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(behavior),
      fc.integer({ min: 1, max: 3 }),
      async (steps, behaviors, limit) => {
        const { clock, queue } = makeQueue();
        const running = new Set<string>();
        const unanswered = new Set<string>();
        const violations: string[] = [];
        const process = async (key: string): Promise<Next> => {
          if (running.has(key)) violations.push(`${key} twice at once`);
          running.add(key);
          if (running.size > limit) violations.push(`${running.size} at once`);
          unanswered.delete(key);
          const { duration, next } = behaviors.shift() ?? { duration: 1, next: DONE };
          await clock.sleep(duration);
          running.delete(key);
          return next;
        };
        queue.start(process, limit);
        for (const step of steps) {
          if (step.do === "wait") await clock.advance(step.for);
          else {
            unanswered.add(step.key);
            if (step.do === "add") queue.add(step.key);
            else queue.addAfter(step.key, step.by);
          }
        }
        await clock.advance(60_000);
        expect([violations, [...unanswered]]).toEqual([[], []]);
        expect([running.size, queue.active, queue.depth, clock.pending]).toEqual([0, 0, 0, 0]);
      },
    ),
    { numRuns: 150 },
  );
});
