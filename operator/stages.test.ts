import { describe, expect, test } from "@jest/globals";
import { type Action, type Deed, ofNode } from "./plan/action.ts";
import { promotedWorld, type World } from "./plan/world/world.fake.ts";
import { eachOf, stagesOf } from "./stages.ts";

const event = (reason: string): Action => ({
  type: "Event",
  regarding: { apiVersion: "v1", kind: "Pod", name: "a", namespace: "b", uid: "u" },
  severity: "Normal",
  reason,
  message: "",
});
const of = (node: string, ...reasons: string[]) => ofNode(node, reasons.map(event));
const told = (actions: readonly Action[]) =>
  stagesOf(actions).map((stage) =>
    stage.map((lane) => lane.map((deed) => (deed.type === "Event" ? deed.reason : deed.type)).join(" ")),
  );

test("what concerns all waits for what is before it, nodes only for themselves", () => {
  const actions = [
    event("first"),
    ...of("n1", "a1", "b1"),
    ...of("n2", "a2"),
    ...of("n1", "c1"),
    event("second"),
    event("third"),
    ...of("n2", "b2"),
  ];
  expect(told([...actions, { type: "Requeue", after: 1 }])).toEqual([
    ["first"],
    ["a1 b1 c1", "a2"],
    ["second"],
    ["third"],
    ["b2"],
  ]);
});

describe("items that are worked on", () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index);

  test("are so many at once and no more, and each once", async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await eachOf(numbers, 3, async (number) => {
      most = Math.max(most, (now += 1));
      await new Promise(setImmediate);
      now -= 1;
      done.push(number);
    });
    expect({ most, done: done.toSorted((a, b) => a - b) }).toEqual({ most: 3, done: numbers });
  });

  test("end with the first that rejects, once no other is under way", async () => {
    let under = 0;
    const begun: number[] = [];
    const work = async (number: number) => {
      begun.push(number);
      under += 1;
      await new Promise(setImmediate);
      under -= 1;
      if (number === 4) throw new Error("the fourth");
    };
    await expect(eachOf(numbers, 3, work)).rejects.toThrow("the fourth");
    expect(under).toBe(0);
    expect(begun.length).toBeLessThan(10);
  });
});

/** Carries out a plan on a server that refuses some of it. */
function carryOut(world: World, refuses: (deed: Deed) => boolean): void {
  const refused = new Set<string>();
  for (const deed of stagesOf(world.plan()).flat(2)) {
    if (deed.node !== undefined && refused.has(deed.node)) continue;
    if (!refuses(deed)) world.store.execute(deed, world.now);
    else if (deed.node === undefined) return;
    else refused.add(deed.node);
  }
}

test("a revision comes and is taken off again everywhere else, though one node is refused all that it is to hold", () => {
  const world = promotedWorld({ n1: "canary", n2: "rest", n3: "rest", n4: "rest" });
  const ofN2 = (deed: Deed) =>
    deed.type === "Apply" && deed.object.kind === "NodeRuntime" && deed.object.metadata.name === "n2";
  const pass = (until: () => boolean) => {
    for (let round = 0; !until(); round += 1) {
      if (round > 300) throw new Error(`not reached: ${JSON.stringify(world.status)}`);
      for (let look = 0; look < 3; look += 1) carryOut(world, ofN2);
      world.advance(20_000);
    }
  };
  const serving = (revision: string) => ["n1", "n3", "n4"].every((node) => world.serving(node) === revision);
  world.wish({ networks: "b" });
  pass(() => serving(world.wanted));
  world.decide("Abort");
  pass(() => serving(world.champion));
});
