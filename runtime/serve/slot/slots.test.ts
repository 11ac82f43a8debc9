import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AnalyzerFailed, type Analyzer } from "../../pipeline/analyzer.ts";
import type { Slot } from "./holder.ts";
import { Slots } from "./slots.ts";

const revision = (name: string) => ({ revision: name, engineKey: `key-${name}` });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A world in which loads end when the test says so. */
function setUp() {
  const loads = new Map<string, PromiseWithResolvers<Slot>>();
  const closed: string[] = [];
  let changes = 0;
  let time = 0;
  const slots = new Slots({
    now: () => time,
    random: () => 0,
    onChange: () => (changes += 1),
    open: ({ revision: name }, signal) => {
      const load = Promise.withResolvers<Slot>();
      loads.set(name, load);
      signal.addEventListener("abort", () => load.reject(new Error("abandoned")));
      return load.promise;
    },
  });
  async function load(name: string, failed = Promise.withResolvers<AnalyzerFailed>().promise): Promise<void> {
    loads.get(name)!.resolve({
      revision: revision(name),
      analyzer: { failed } as Analyzer,
      embedding: undefined,
      galleries: new Map(),
      [Symbol.asyncDispose]: () => Promise.resolve(void closed.push(name)),
    });
    await turn();
  }
  const fail = async (name: string) => {
    loads.get(name)!.reject(new Error("damaged"));
    await turn();
  };
  const driving = () => slots.active?.revision.revision;
  const pass = (milliseconds: number) => void (time += milliseconds);
  return { slots, loads, load, fail, driving, closed, pass, changes: () => changes };
}

describe("two slots", () => {
  test("drive with nothing until the first revision is ready", async () => {
    const { slots, load, driving } = setUp();
    slots.arrange({ active: revision("a") });
    expect([driving(), slots.status.active?.state]).toEqual([undefined, "Loading"]);
    await load("a");
    expect([driving(), slots.status.active?.state, slots.swaps]).toEqual(["a", "Ready", 0]);
  });

  test("hold a candidate beside the champion and swap to it at once", async () => {
    const { slots, load, driving, closed } = setUp();
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await load("a");
    expect(slots.paired).toBe(false);
    await load("b");
    expect([driving(), slots.paired]).toEqual(["a", true]);
    slots.arrange({ active: revision("b"), standby: revision("a") });
    expect([driving(), slots.status.standby?.revision, slots.swaps, closed]).toEqual(["b", "a", 1, []]);
  });

  test("keep the champion driving while what is wanted loads, and when it cannot be loaded", async () => {
    const { slots, load, fail, driving } = setUp();
    slots.arrange({ active: revision("a") });
    await load("a");
    slots.arrange({ active: revision("b") });
    expect([driving(), slots.status.standby]).toMatchObject(["a", { revision: "b", state: "Loading" }]);
    await fail("b");
    expect([driving(), slots.status.standby]).toMatchObject([
      "a",
      { revision: "b", state: "Failed", message: "damaged" },
    ]);
  });

  test("try again to load what failed when it is asked for again", async () => {
    const { slots, load, fail, driving } = setUp();
    slots.arrange({ active: revision("a") });
    await fail("a");
    slots.arrange({ active: revision("a") });
    await load("a");
    expect(driving()).toBe("a");
  });

  test("do not close a slot while a frame uses it", async () => {
    const { slots, load, closed } = setUp();
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await load("a");
    await load("b");
    const frame = slots.lease();
    slots.arrange({ active: revision("b") });
    await turn();
    expect([frame.active?.revision.revision, closed]).toEqual(["a", []]);
    frame[Symbol.dispose]();
    await turn();
    expect(closed).toEqual(["a"]);
  });

  test("abandon a candidate that is no longer wanted while it loads", async () => {
    const { slots, load, loads } = setUp();
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await load("a");
    slots.arrange({ active: revision("a") });
    await expect(loads.get("b")!.promise).rejects.toThrow("abandoned");
    expect(slots.status.standby).toBeUndefined();
  });

  test("say that a slot failed when its engines crash later", async () => {
    const { slots, load } = setUp();
    slots.arrange({ active: revision("a") });
    await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    expect(slots.status.active).toMatchObject({ state: "Failed", message: "the analyzer of engines key-a crashed" });
  });

  test("take up a crashed slot again, and close what crashed", async () => {
    const { slots, load, driving, closed } = setUp();
    slots.arrange({ active: revision("a") });
    await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    slots.arrange({ active: revision("a") });
    {
      using frame = slots.lease();
      expect(frame.active).toBeUndefined();
    }
    await load("a");
    expect([driving(), slots.status.active?.state, closed, slots.swaps]).toEqual(["a", "Ready", ["a"], 0]);
  });

  test("open again by themselves what crashed, with a wait that grows", async () => {
    const { slots, load, loads, pass } = setUp();
    const crash = () => load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    const isLoading = () => slots.status.active?.state === "Loading";
    slots.arrange({ active: revision("a") });
    const waits: number[] = [];
    for (let crashes = 0; crashes < 4; crashes += 1) {
      await crash();
      let waited = 0;
      while (!isLoading()) {
        pass(1_000);
        waited += 1;
        slots.retry();
      }
      waits.push(waited);
    }
    expect(waits).toEqual([2, 4, 8, 16]);
    expect(loads.size).toBe(1);
  });

  test("forgive a slot that ran well for long", async () => {
    const { slots, load, pass } = setUp();
    slots.arrange({ active: revision("a") });
    for (let crashes = 0; crashes < 5; crashes += 1) {
      await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
      pass(3_600_000);
      slots.retry();
    }
    await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    pass(2_000);
    slots.retry();
    expect(slots.status.active?.state).toBe("Loading");
  });

  test("show the slot that is being opened again, not the one that crashed", async () => {
    const { slots, load } = setUp();
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await load("b");
    await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    slots.arrange({ active: revision("a"), standby: revision("b") });
    expect(slots.status).toMatchObject({ active: { state: "Loading" }, standby: { revision: "b", state: "Ready" } });
  });

  test("close everything at the end, also what crashed and what still loads", async () => {
    const { slots, load, closed, loads } = setUp();
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await load("a", Promise.resolve(new AnalyzerFailed("key-a", "crashed")));
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await slots[Symbol.asyncDispose]();
    expect(closed).toEqual(["a"]);
    await expect(Promise.allSettled([...loads.values()].map(({ promise }) => promise))).resolves.toMatchObject([
      { status: "rejected" },
      { status: "rejected" },
    ]);
  });

  test("never drive with a slot that is not ready, never lose the driver, whatever is asked in whatever order", async () => {
    const name = fc.constantFrom("a", "b", "c");
    const step = fc.oneof(
      fc.record({ active: name, standby: fc.option(name, { nil: undefined }) }),
      fc.record({ load: name }),
      fc.record({ fail: name }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { slots, load, fail, loads, driving } = setUp();
        let drove = false;
        for (const each of steps) {
          if ("active" in each)
            slots.arrange({ active: revision(each.active), standby: each.standby && revision(each.standby) });
          else if ("load" in each && loads.has(each.load)) await load(each.load);
          else if ("fail" in each && loads.has(each.fail)) await fail(each.fail);
          drove ||= driving() !== undefined;
          expect(driving() !== undefined).toBe(drove);
        }
      }),
    );
  });
});
