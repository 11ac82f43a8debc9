import { describe, expect, test } from "@jest/globals";
import type { FaceModelSpec } from "../../../crds/facemodel.ts";
import { promotedWorld, specFor, World } from "../world/world.fake.ts";
import { sightOf } from "./cameras.ts";

/** Lets the camera of a node recognize nobody. */
function forget(world: World, node: string): void {
  const { infer } = world.snapshot().cameras[0]!.spec;
  const store = world.snapshot().cameras.find(({ spec }) => spec.nodeName === node)!;
  const { galleryRef: _, ...spec } = store.spec;
  world.store.apply({ ...store, ...{ spec: { ...spec, infer: { ...infer, identity: false } } } }, world.now);
}

/** Asks of a candidate what these metrics say, all of it required. */
const asking =
  (...metrics: string[]) =>
  (spec: FaceModelSpec): Partial<FaceModelSpec> => {
    const { online } = spec.gates;
    const checks = online.checks.filter(({ metric }) => metrics.includes(metric));
    return { gates: { ...spec.gates, online: { ...online, checks } } };
  };
const secretsOf = (world: World, node: string) =>
  JSON.stringify(
    world.store.list("Deployment").filter(({ metadata }) => metadata.labels!["facefleet.dev/node"] === node),
  );

describe("a node whose cameras recognize nobody", () => {
  test("is told of no people, and their key is not mounted, whatever other nodes have", () => {
    const world = promotedWorld();
    expect(world.runtime("n2")!.spec.galleries).toHaveLength(1);
    expect(secretsOf(world, "n2")).toContain("staff-gallery");
    forget(world, "n2");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion !== world.champion);
    world.settle();
    expect(world.runtime("n2")!.spec.galleries).toBeUndefined();
    expect(secretsOf(world, "n2")).not.toContain("staff-gallery");
    expect(secretsOf(world, "n3")).toContain("staff-gallery");
  });

  test("is asked about all but identities, and takes a revision by what it shows of the rest", () => {
    const world = promotedWorld();
    forget(world, "n2");
    world.wish({ networks: "b" });
    const asked = new Map<string, string[]>();
    world.onAction = (action) => {
      if (action.type !== "Apply" || action.object.kind !== "NodeRuntime") return;
      const { trial } = (action.object as unknown as NonNullable<ReturnType<World["runtime"]>>).spec;
      if (trial)
        asked.set(
          action.object.metadata.name,
          trial.gate.checks.map(({ metric }) => metric),
        );
    };
    world.until(() => world.status.champion !== world.champion);
    const all = specFor().gates.online.checks.map(({ metric }) => metric);
    expect(asked.get("n3")).toEqual(all);
    expect(asked.get("n2")).toEqual(all.filter((metric) => metric !== "ProbeIdentity"));
  });

  test("is carried by its wave where nothing but identities is asked", () => {
    const world = promotedWorld();
    forget(world, "n2");
    world.wish({ networks: "b", change: asking("ProbeIdentity") });
    world.until(() => world.status.champion !== world.champion);
    expect(world.serving("n2")).toBe(world.wanted);
  });
});

describe("a gate that asks about identities alone, where a whole wave recognizes nobody,", () => {
  const change = asking("ProbeIdentity");

  test("stalls the model before anything is built, and says what to do", () => {
    const world = promotedWorld();
    for (const node of ["n2", "n3"]) forget(world, node);
    world.wish({ networks: "b", change });
    world.rest();
    expect(world.status.conditions).toMatchObject([
      { type: "Ready", status: "False" },
      {
        type: "Stalled",
        reason: "GateNotMeasurable",
        message: expect.stringMatching(/no camera of wave rest recognizes anybody.*require another check as well/),
      },
    ]);
    expect(world.store.list("EngineBuild").filter(({ metadata }) => metadata.name.includes(world.wanted))).toEqual([]);
    world.wish({ networks: "b", change: asking("ProbeIdentity", "LatencyP95") });
    world.until(() => world.status.champion !== world.champion);
  });

  test("is no matter for a first revision, which is compared with nothing", () => {
    const world = new World(undefined, { change });
    for (const node of ["n1", "n2", "n3"]) forget(world, node);
    world.untilState("Promoted");
  });
});

describe("a node with more than it takes", () => {
  const { cameras, galleries, datasets } = new World().snapshot();
  const [camera, staff] = [cameras[0]!, galleries.get("staff")!];
  const crowd = Array.from({ length: 5_000 }, (_, index) => ({
    id: `person-${index}`,
    label: `n${"x".repeat(60)}${index}`,
  }));
  const many = (count: number) => Array.from({ length: count }, (_, index) => index);
  const named = (name: string) => ({ ...staff, metadata: { ...staff.metadata, name } });
  const at = (index: number, gallery = "staff") => ({
    ...camera,
    metadata: {
      ...camera.metadata,
      name: `c${index}`,
      creationTimestamp: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    },
    spec: { ...camera.spec, galleryRef: { name: gallery } },
  });

  test("reads the cameras that were there first, in whatever order they are listed", () => {
    const all = many(70).map((index) => at(index));
    for (const listed of [all, all.toReversed()]) {
      const sight = sightOf(listed, { galleries, datasets });
      expect(sight.cameras.map(({ name }) => name).toSorted()).toEqual(
        many(64)
          .map((index) => `c${index}`)
          .toSorted(),
      );
      expect([...sight.excess.keys()].toSorted()).toEqual(["c64", "c65", "c66", "c67", "c68", "c69"]);
    }
  });

  test("holds as many galleries as the API takes, and the cameras of the others recognize nobody", () => {
    const sites = new Map(many(10).map((index) => [`g${index}`, named(`g${index}`)]));
    const listed = many(10).map((index) => at(index, `g${index}`));
    const sight = sightOf(listed, { galleries: sites, datasets });
    expect(sight.galleries).toHaveLength(8);
    expect(sight.cameras.filter(({ infer }) => !infer.identity).map(({ name }) => name)).toEqual(["c8", "c9"]);
    expect(sight.excess).toEqual(
      new Map([
        ["c8", "Gallery"],
        ["c9", "Gallery"],
      ]),
    );
  });

  test("holds no more people than fit into one object of the API server", () => {
    const large = (name: string) => ({ ...named(name), spec: { ...staff.spec, people: crowd as never } });
    const sites = new Map(many(4).map((index) => [`g${index}`, large(`g${index}`)]));
    const sight = sightOf(
      many(4).map((index) => at(index, `g${index}`)),
      { galleries: sites, datasets },
    );
    expect(JSON.stringify(sight.galleries).length).toBeLessThan(1_200_000);
    expect([...sight.excess.keys()]).toEqual(["c1", "c2", "c3"].slice(sight.galleries.length - 1));
  });
});
