import { describe, expect, test } from "@jest/globals";
import { labels } from "../../../crds/annotations.ts";
import type { CameraStream } from "../../../crds/camerastream.ts";
import type { Action } from "../action.ts";
import { promotedWorld, settings, type World } from "../world/world.fake.ts";

const fleet = { n1: "canary", n2: "rest", n3: "rest", n4: "rest", n5: "rest" };
const replaced = (action: Action) =>
  action.type === "Apply" && action.object.kind === "Deployment"
    ? action.object.metadata.labels![labels.node]
    : undefined;

/** Replaces pods as a Deployment does. @returns the most nodes of each ring that had none at once, and all that had not. */
function replacingPods(world: World) {
  const down = new Set<string>();
  const seen = { most: { canary: 0, rest: 0 } as Record<string, number>, all: new Set<string>() };
  world.onAction = (action) => {
    const node = replaced(action);
    if (node === undefined || world.runtime(node) === undefined) return;
    world.killPod(node);
    seen.all.add(node);
    down.add(node);
    const ring = world.nodes.get(node)!.labels.ring!;
    const together = [...down].filter((name) => world.nodes.get(name)!.labels.ring === ring).length;
    seen.most[ring] = Math.max(seen.most[ring]!, together);
  };
  /** Lets the pods come back, and plans in between as an operator would that is woken for other reasons. */
  const pass = (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      world.settle();
      const back = [...down];
      down.clear();
      for (const node of back) world.restart(node);
      world.advance(20_000);
    }
  };
  return { seen, pass };
}

function changeCamera(world: World, name: string, change: Partial<CameraStream["spec"]>): void {
  const camera = world.snapshot().cameras.find(({ metadata }) => metadata.name === name)!;
  world.store.apply({ ...camera, ...{ spec: { ...camera.spec, ...change } } }, world.now);
}
const orderedMasks = (world: World, node: string) =>
  world.runtime(node)!.spec.cameras?.flatMap(({ privacyMasks = [] }) => privacyMasks.map(({ name }) => name));

describe("a pod template that changes", () => {
  test("takes no more nodes of a wave out of service at once than maxUnavailable allows, and reaches all", () => {
    const world = promotedWorld(fleet);
    world.settings = { ...settings, evidenceInterval: "1m" };
    const { seen, pass } = replacingPods(world);
    pass(20);
    expect(seen.most).toEqual({ canary: 1, rest: 1 });
    expect([...seen.all].toSorted()).toEqual(Object.keys(fleet));
    expect(world.nothingLeft()).toEqual([]);
  });

  test("waits for a node that is out of service already, which itself need not wait", () => {
    const world = promotedWorld(fleet);
    world.killPod("n3");
    world.settle();
    world.settings = { ...settings, evidenceInterval: "1m" };
    const { seen } = replacingPods(world);
    world.settle();
    expect([...seen.all].toSorted()).toEqual(["n1", "n3"]);
  });

  test("keeps nothing else from a node: it is told of a mask at once, though its pod has to wait", () => {
    const world = promotedWorld(fleet);
    world.killPod("n2");
    world.settle();
    const masks = [{ name: "desk", left: "0", top: "0", width: "0.5", height: "0.5" }];
    changeCamera(world, "at-n4", { privacyMasks: masks, credentialsSecretRef: { name: "login" } });
    const { seen } = replacingPods(world);
    world.settle();
    expect(orderedMasks(world, "n4")).toEqual(["desk"]);
    expect(seen.all.has("n4")).toBe(false);
  });
});

describe("an image that changes", () => {
  const image = "facefleet:2";
  const images = (world: World) =>
    Object.keys(fleet).filter((node) =>
      JSON.stringify(
        world.store.list("Deployment").filter(({ metadata }) => metadata.labels![labels.node] === node),
      ).includes(`"${image}"`),
    );

  test("comes within the budget, and goes within it when the candidate fails in the shadow", () => {
    const world = promotedWorld(fleet);
    world.settings = { ...settings, runtimeImage: image };
    world.qualities.set(world.wanted, { shadow: "Quiet" });
    world.qualities.set(`${world.wanted}/n1`, { shadow: "Good" });
    const { seen, pass } = replacingPods(world);
    const until = (done: () => boolean) => {
      for (let round = 0; !done(); round += 1) {
        if (round > 300) throw new Error(`not reached: ${JSON.stringify(world.status)}`);
        pass(1);
      }
    };
    until(() => images(world).length === 5);
    expect(seen.most).toEqual({ canary: 1, rest: 1 });
    world.decide("Abort");
    until(() => images(world).length === 0);
    expect(seen.most).toEqual({ canary: 1, rest: 1 });
  });
});
