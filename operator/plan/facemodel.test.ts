import { describe, expect, test } from "@jest/globals";
import { promotedWorld, World } from "./world/world.fake.ts";

/** What happened, in order, without repetition. */
const story = (world: World) => world.events.filter((reason, index, all) => reason !== all[index - 1]);

describe("a first revision", () => {
  test("is built, activated without shadow, and promoted wave by wave", () => {
    const world = new World();
    world.untilState("Promoted");
    const { revision } = world.status;
    expect(world.status).toMatchObject({ champion: revision, progress: "3/3" });
    expect(["n1", "n2", "n3"].map((node) => world.serving(node))).toEqual([revision, revision, revision]);
    const wave = ["WaveStarted", "BuildStarted", "EnginesBuilt", "GatePassed", "Activated", "NodeDone", "WavePassed"];
    expect(story(world).filter((reason, index, all) => all.indexOf(reason) === index)).toEqual([
      "RevisionCreated",
      ...wave,
      "Promoted",
    ]);
  });

  test("leaves nothing to do once it is promoted, however often one looks", () => {
    const world = promotedWorld();
    world.advance(3_600_000);
    expect(world.nothingLeft()).toEqual([]);
    world.advance(86_400_000);
    expect(world.plan()).toEqual([]);
  });
});

describe("a second revision", () => {
  test("goes through shadow, activation and soak on each node, and tells so in order", () => {
    const world = promotedWorld({ n1: "canary", n2: "rest" });
    world.wish({ networks: "b" });
    world.until(() => world.status.champion !== world.champion);
    const node = [
      "BuildStarted",
      "EnginesBuilt",
      "GatePassed",
      "ShadowStarted",
      "ShadowPassed",
      "Activated",
      "NodeDone",
    ];
    expect(story(world)).toEqual([
      "RevisionCreated",
      "WaveStarted",
      ...node,
      "WavePassed",
      "WaveStarted",
      ...node,
      "WavePassed",
      "Promoted",
    ]);
  });

  test("clears standby and trial when it is promoted, and keeps the old engines", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.status.champion !== world.champion);
    world.settle();
    for (const node of ["n1", "n2", "n3"]) {
      const { slots, trial, keep } = world.runtime(node)!.spec;
      expect({ slots, trial }).toEqual({ slots: { active: expect.anything() }, trial: undefined });
      expect(keep).toEqual([{ revision: world.champion, engineKey: `key-${world.champion}-${node}` }]);
    }
    expect(world.status.history!.map(({ revision }) => revision)).toEqual([world.status.revision, world.champion]);
  });
});
