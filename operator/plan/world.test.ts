import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import type { FaceModelSpec, FaceModelStatus } from "../../crds/facemodel.ts";
import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import type { Action } from "./action.ts";
import { hasShown } from "./gate/pool.ts";
import type { Quality } from "./world/devices.fake.ts";
import { revisionFor, World } from "./world/world.fake.ts";

/** What may happen to a cluster. */
type Step =
  | { type: "Wish"; networks: string }
  | { type: "Leave" | "PowerOff" | "Return" | "KillPod" | "Restart"; node: string }
  | { type: "Decide"; decision: "Approve" | "Abort" | "Skip" | "Retry" }
  | { type: "Suspend"; suspend: boolean }
  | { type: "Wait"; minutes: number };

interface Scenario {
  rings: ("canary" | "rest")[];
  wave: Pick<FaceModelSpec["rollout"]["waves"][number], "maxUnavailable" | "maxFailures">;
  maxConcurrentBuilds: number;
  qualities: Quality[];
  steps: Step[];
}

const letters = ["a", "b", "c"];
const nodeNames = ["n0", "n1", "n2", "n3", "n4"];

const quality = fc.record<Quality>(
  {
    build: fc.constantFrom("Success", "Success", "Success", "Failure", "Flaky"),
    load: fc.constantFrom("Ready", "Ready", "Ready", "Failed"),
    shadow: fc.constantFrom("Good", "Good", "Bad"),
    soak: fc.constantFrom("Good", "Good", "Bad"),
  },
  { requiredKeys: [] },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("Wish" as const), networks: fc.constantFrom(...letters) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(...(["Leave", "PowerOff", "Return", "Return", "KillPod", "Restart"] as const)),
      node: fc.constantFrom(...nodeNames),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("Decide" as const),
      decision: fc.constantFrom("Approve" as const, "Abort" as const, "Skip" as const, "Retry" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("Suspend" as const), suspend: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("Wait" as const), minutes: fc.integer({ min: 1, max: 12 }) }) },
);

const scenario: fc.Arbitrary<Scenario> = fc.record({
  rings: fc.array(fc.constantFrom("canary" as const, "rest" as const), { minLength: 1, maxLength: 5 }),
  wave: fc.record({ maxUnavailable: fc.constantFrom("1", "2", "50%"), maxFailures: fc.integer({ min: 0, max: 1 }) }),
  maxConcurrentBuilds: fc.integer({ min: 1, max: 3 }),
  qualities: fc.tuple(fc.constant<Quality>({}), quality, quality).map((all) => [...all]),
  steps: fc.array(step, { maxLength: 8 }),
});

function begin({ rings, wave, maxConcurrentBuilds, qualities }: Scenario) {
  const names = Object.fromEntries(rings.map((ring, index) => [nodeNames[index]!, ring]));
  let suspend = false;
  let networks = "a";
  const change = (spec: FaceModelSpec) => ({
    suspend,
    rollout: {
      ...spec.rollout,
      maxConcurrentBuilds,
      waves: spec.rollout.waves.map((one) => ({ ...one, ...wave, soak: "3m" })),
    },
  });
  const world = new World(names, { change });
  letters.forEach((letter, index) => world.qualities.set(revisionFor({ networks: letter }), qualities[index]!));
  const wish = () => world.wish({ networks, change });
  const take = (next: Step) => {
    if (next.type === "Wish") networks = next.networks;
    if (next.type === "Suspend") suspend = next.suspend;
    if (next.type === "Wish" || next.type === "Suspend") wish();
    if (next.type === "Decide" && world.status.revision !== undefined) world.decide(next.decision);
    if (next.type === "Leave" && world.nodes.get(next.node)?.ready === true) world.disconnect(next.node);
    if (next.type === "PowerOff" && world.nodes.get(next.node)?.ready === true) world.powerOff(next.node);
    if (next.type === "KillPod") world.killPod(next.node);
    if (next.type === "Restart") world.restart(next.node);
    if (next.type === "Return" && world.nodes.get(next.node)?.ready === false) world.reconnect(next.node);
    const minutes = next.type === "Wait" ? next.minutes : 0;
    for (let minute = 0; minute < minutes; minute += 1) {
      world.settle();
      world.advance(60_000);
    }
    world.settle();
  };
  const end = () => {
    suspend = false;
    wish();
    for (const [name, { ready }] of world.nodes) {
      if (!ready) world.reconnect(name);
      if (!world.hasPod(name)) world.restart(name);
    }
    world.rest();
  };
  return { world, take, end };
}

function play(story: Scenario, prepare: (world: World) => void = () => undefined): World {
  const { world, take, end } = begin(story);
  prepare(world);
  for (const next of story.steps) take(next);
  end();
  return world;
}

const specOf = (action: Action) =>
  action.type === "Apply" && action.object.kind === "NodeRuntime"
    ? { node: action.object.metadata.name, spec: (action.object as unknown as { spec: NodeRuntimeSpec }).spec }
    : undefined;

/** The node whose candidate takes over from a champion by this action. */
function activation(world: World, action: Action): string | undefined {
  const next = specOf(action);
  if (next?.spec.trial?.phase !== "Soak") return undefined;
  const before = world.runtime(next.node)?.spec.slots.active?.revision;
  return before === next.spec.slots.active?.revision ? undefined : next.node;
}

jest.setTimeout(3_600_000);
/** More of them for a longer search: PROPERTY_RUNS=500. */
const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 25), endOnFailure: true };

describe("whatever happens to a cluster", () => {
  test("no more nodes of a wave are between champion and candidate than maxUnavailable allows", () => {
    fc.assert(
      fc.property(scenario, (story) => {
        play(story, (world) => {
          world.onAction = (action) => {
            const node = activation(world, action);
            if (node === undefined) return;
            const ring = world.nodes.get(node)!.labels.ring;
            const wave = [...world.nodes.values()].filter(({ labels }) => labels.ring === ring);
            const under = wave.filter(({ name }) => {
              const { spec } = world.runtime(name) ?? {};
              return spec?.trial?.phase === "Soak" && world.serving(name) !== spec.slots.active?.revision;
            });
            const { maxUnavailable } = story.wave;
            const allowed =
              maxUnavailable === "50%" ? Math.max(1, Math.floor(wave.length / 2)) : Number(maxUnavailable);
            expect(under.filter(({ name, ready }) => ready && name !== node).length).toBeLessThan(allowed);
          };
        });
      }),
      runs,
    );
  });

  test("no candidate takes over that has not shown, on the node or in its wave, what the gate asks", () => {
    fc.assert(
      fc.property(scenario, (story) => {
        play(story, (world) => {
          world.onAction = (action) => {
            const node = activation(world, action);
            if (node === undefined) return;
            const { spec, status } = world.runtime(node)!;
            const own = status?.trial?.id === spec.trial?.id && status?.trial?.verdict === "Success";
            const wave = world.status.waves!.find(({ name }) => name === world.nodes.get(node)!.labels.ring)!;
            const pooled = wave.state !== "Passed" && hasShown(world.model.spec.gates.online, wave.evidence);
            expect({ own, pooled }).not.toEqual({ own: false, pooled: false });
            expect(status?.slots?.standby?.state).toBe("Ready");
          };
        });
      }),
      runs,
    );
  });

  test("nothing is promoted whose runtime does not run on every node within reach that counts as done", () => {
    fc.assert(
      fc.property(scenario, (story) => {
        play(story, (world) => {
          world.onAction = (action) => {
            if (action.type !== "ApplyStatus" || action.object.kind !== "FaceModel") return;
            const { state, revision, champion, unfinishedNodes = [] } = action.object.status as FaceModelStatus;
            if (state !== "Promoted" || champion === world.status.champion) return;
            const unfinished = new Set(unfinishedNodes.map(({ name }) => name));
            for (const [name, { ready }] of world.nodes) {
              if (!ready || unfinished.has(name)) continue;
              expect({ runs: world.hasPod(name), serves: world.serving(name) }).toEqual({
                runs: true,
                serves: revision,
              });
            }
          };
        });
      }),
      runs,
    );
  });

  test("a revision that is worse in the shadow replaces no champion and reaches no later wave", () => {
    const bad = revisionFor({ networks: "b" });
    fc.assert(
      fc.property(scenario, (story) => {
        const { qualities } = story;
        const worse = {
          ...story,
          qualities: [qualities[0]!, { ...qualities[1], shadow: "Bad" as const }, qualities[2]!],
        };
        play(worse, (world) => {
          const champion = revisionFor({ networks: "a" });
          world.onAction = (action) => {
            const node = activation(world, action);
            if (node !== undefined) expect(specOf(action)!.spec.slots.active?.revision).not.toBe(bad);
            if (action.type !== "Apply" || action.object.kind !== "EngineBuild") return;
            const { nodeName, revision } = (
              action.object as unknown as { spec: { nodeName: string; revision: string } }
            ).spec;
            const runsChampion = [...world.nodes].filter(([, { labels }]) => labels.ring === "canary");
            const isGuarded = runsChampion.some(([name]) => world.serving(name) === champion);
            if (revision === bad && isGuarded) expect(world.nodes.get(nodeName)!.labels.ring).toBe("canary");
          };
        });
      }),
      runs,
    );
  });

  test("the same snapshot gives the same actions", () => {
    fc.assert(
      fc.property(scenario, (story) => {
        play(story, (world) => {
          world.lifetime = () => {
            const snapshot = world.snapshot();
            expect(world.planOf(structuredClone(snapshot))).toEqual(world.planOf(snapshot));
            return Infinity;
          };
        });
      }),
      { numRuns: 10 },
    );
  });

  test("it ends with nothing left to do, in a state with a reason, and every node where it belongs", () => {
    const ends = ["Promoted", "RolledBack", "Quarantined", "Paused", "RollingOut"];
    fc.assert(
      fc.property(scenario, (story) => {
        const world = play(story);
        expect(world.nothingLeft()).toEqual([]);
        const { state, champion, conditions } = world.status;
        expect(ends).toContain(state);
        expect(conditions![0]!.reason).not.toBe("RollingOut");
        for (const name of world.nodes.keys()) {
          const isFailed = world.status.unfinishedNodes?.some((node) => node.name === name && node.state === "Failed");
          if (state === "Promoted" && isFailed !== true) expect(world.serving(name)).toBe(champion);
          if (state !== "RolledBack" && state !== "Quarantined") continue;
          // Without a champion a node goes on with what it had before, which nobody has found fault with.
          if (champion === undefined) expect(world.serving(name)).not.toBe(world.status.revision);
          else expect(world.serving(name)).toBe(champion);
        }
      }),
      runs,
    );
  });

  test("an operator that dies after any action and starts again comes to the same end", () => {
    const lives = fc.infiniteStream(fc.integer({ min: 1, max: 4 }));
    const endOf = (world: World) => ({
      state: world.status.state,
      champion: world.status.champion,
      history: world.status.history?.map(({ revision }) => revision),
      quarantined: world.status.quarantined?.map(({ revision }) => revision),
      slots: [...world.nodes.keys()].map((name) => world.runtime(name)?.spec.slots),
      reason: world.status.conditions?.[0]?.reason,
    });
    fc.assert(
      fc.property(scenario, lives, (story, lifetimes) => {
        const interrupted = play(story, (world) => {
          world.lifetime = () => lifetimes.next().value as number;
        });
        expect(endOf(interrupted)).toEqual(endOf(play(story)));
      }),
      runs,
    );
  });
});
