import { describe, expect, test } from "@jest/globals";
import type { CameraStream } from "../../../crds/camerastream.ts";
import type { FaceModelSpec } from "../../../crds/facemodel.ts";
import { promotedWorld, specFor, type Wish, type World } from "../world/world.fake.ts";

const fleet = { n1: "canary", n2: "rest", n3: "rest", n4: "rest" };

function changeCamera(world: World, name: string, change: Partial<CameraStream["spec"]>): void {
  const camera = world.snapshot().cameras.find(({ metadata }) => metadata.name === name)!;
  world.store.apply({ ...camera, ...{ spec: { ...camera.spec, ...change } } }, world.now);
}
const orderedMasks = (world: World, node: string) =>
  world.runtime(node)!.spec.cameras?.flatMap(({ privacyMasks = [] }) => privacyMasks.map(({ name }) => name));

describe("a model whose rollout is held", () => {
  const masks = [{ name: "desk", left: "0", top: "0", width: "0.5", height: "0.5" }];
  const calibrated = (spec: FaceModelSpec): Partial<FaceModelSpec> => ({
    precision: "INT8",
    calibration: { ...spec.calibration, datasetRef: { name: "nowhere" } },
  });
  const held: [string, Wish][] = [
    ["that is suspended", { change: () => ({ suspend: true }) }],
    ["that is suspended with another revision wanted", { networks: "b", change: () => ({ suspend: true }) }],
    ["whose calibration set is missing", { networks: "b", change: calibrated }],
  ];

  test.each(held)("%s passes on masks, cameras that are not to be read, and people who are erased", (_, wish) => {
    const world = promotedWorld(fleet);
    const slots = Object.keys(fleet).map((node) => world.runtime(node)!.spec.slots);
    world.wish(wish);
    world.settle();
    changeCamera(world, "at-n2", { privacyMasks: masks });
    changeCamera(world, "at-n3", { suspend: true });
    const staff = world.snapshot().galleries.get("staff")!;
    const [erased, ...others] = staff.spec.people;
    world.store.apply({ ...staff, ...{ spec: { ...staff.spec, people: others } } }, world.now);
    world.rest();
    expect(orderedMasks(world, "n2")).toEqual(["desk"]);
    expect(world.runtime("n3")!.spec.cameras).toBeUndefined();
    expect(JSON.stringify(world.runtime("n4")!.spec)).not.toContain(erased!.id);
    expect(JSON.stringify(world.runtime("n4")!.spec)).toContain(others[0]!.id);
    expect(Object.keys(fleet).map((node) => world.runtime(node)!.spec.slots)).toEqual(slots);
    expect(world.nothingLeft()).toEqual([]);
  });

  test("goes on where it was, without a write in between that says nothing", () => {
    const world = promotedWorld(fleet);
    world.wish({ networks: "b", change: calibrated });
    world.settle();
    const written: string[] = [];
    world.onAction = (action) => {
      if (action.type === "Apply") written.push(action.object.kind);
    };
    world.rest();
    expect(written).toEqual([]);
    world.wish({ networks: "b", change: () => ({ precision: specFor().precision }) });
    world.until(() => world.status.champion !== world.champion);
  });
});
