import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { EngineBuild } from "../../../crds/enginebuild.ts";
import { apiVersion } from "../../../crds/kind.ts";
import { World, promotedWorld, settings, revisionFor } from "../world/world.fake.ts";
import { buildDeployment } from "./deployment.ts";
import { applyIfChanged } from "./fresh.ts";
import { buildJob } from "./job.ts";
import { holds } from "./fresh.ts";

const gpu = { runtimeClassName: "nvidia", resourceName: "nvidia.com/gpu" };

/** Part of a manifest by its path. */
const at = (object: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((part, field) => (part as Record<string, unknown> | undefined)?.[field], object);

function jobWith(edit: Partial<EngineBuild["spec"]> = {}) {
  const world = new World();
  world.until(() => world.store.list("EngineBuild").length > 0);
  const build = world.store.list("EngineBuild")[0] as unknown as EngineBuild;
  return buildJob({ ...build, spec: { ...build.spec, ...edit } }, 2, settings);
}

describe("a build Job", () => {
  test.each([
    ["is bound to its node", "spec.template.spec.nodeSelector", { "kubernetes.io/hostname": "n1" }],
    ["is tried once: why it failed decides what follows", "spec.backoffLimit", 0],
    ["ends with the build's timeout", "spec.activeDeadlineSeconds", 1800],
    ["has no access to the API", "spec.template.spec.automountServiceAccountToken", false],
    ["runs as the build's service account", "spec.template.spec.serviceAccountName", "facefleet-build"],
    ["is named by build and try", "metadata.labels", expect.objectContaining({ "facefleet.dev/try": "2" })],
    [
      "reports where the kubelet looks",
      "spec.template.spec.containers.0.terminationMessagePath",
      "/dev/termination-log",
    ],
    [
      "sees the host read-only",
      "spec.template.spec.containers.0.volumeMounts.3",
      { name: "host", mountPath: "/host", readOnly: true },
    ],
    ["keeps its namespace's own store", "spec.template.spec.volumes.0.hostPath.path", "/var/lib/facefleet/facefleet"],
    ["asks for no GPU unless spec does", "spec.template.spec.runtimeClassName", undefined],
  ])("%s", (_, path, value) => {
    expect(at(jobWith(), path)).toEqual(value);
  });

  test("runs as a user to whom its store is given first, and is let near the GPU's memory", () => {
    const { spec } = jobWith({ engine: { backend: "Auto", scope: "Node", gpu } });
    expect(at(spec, "template.spec.securityContext")).toEqual({
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      supplementalGroups: [44],
    });
    expect(at(spec, "template.spec.initContainers.0.securityContext")).toMatchObject({
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: ["CHOWN"] },
      readOnlyRootFilesystem: true,
    });
    expect(at(spec, "template.spec.initContainers.0.volumeMounts")).toEqual([
      { name: "store", mountPath: "/var/lib/facefleet" },
    ]);
  });

  test("sees the GPU by the runtime class, and leaves it counted to the runtime", () => {
    const { spec } = jobWith({ engine: { backend: "Auto", scope: "Node", gpu } });
    expect(at(spec, "template.spec.runtimeClassName")).toBe("nvidia");
    expect(JSON.stringify(spec)).not.toContain("nvidia.com/gpu");
  });
});

describe("the Deployment of a runtime", () => {
  const { model } = new World().snapshot();
  const order = {
    node: "orin.site-7",
    runtime: { apiVersion, kind: "NodeRuntime", metadata: { name: "orin.site-7", uid: "uid-7" } },
    recipe: { image: "facefleet:1", engine: { backend: "Auto", scope: "Node" } },
    secrets: [],
  } as const;
  const pod = "spec.template.spec";

  test.each([
    ["is one replica, replaced and never doubled", "spec.strategy", { type: "Recreate" }],
    [
      "has a name that fits a label, whatever the node is called",
      "metadata.name",
      expect.stringMatching(/^doors-runtime-orin-site-7-[0-9a-z]{8}$/),
    ],
    [
      "stays while its node is unreachable",
      `${pod}.tolerations.1`,
      { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
    ],
    [
      "goes once both its FaceModel and its NodeRuntime are gone",
      "metadata.ownerReferences",
      [
        { apiVersion, kind: "FaceModel", name: "doors", uid: model.metadata.uid, controller: true },
        { apiVersion, kind: "NodeRuntime", name: "orin.site-7", uid: "uid-7", controller: false },
      ],
    ],
    ["listens on the pod's own address", `${pod}.containers.0.args.5`, "--listen=$(POD_IP):8080"],
    ["reads Secrets by its group", `${pod}.securityContext`, { runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 }],
    ["is asked on readyz", `${pod}.containers.0.readinessProbe.httpGet.path`, "/readyz"],
    ["asks for no GPU unless spec does", `${pod}.containers.0.resources`, undefined],
  ])("%s", (_, path, value) => {
    expect(at(buildDeployment(model, order, settings), path)).toEqual(value);
  });

  test("mounts Secrets as optional: a missing one is a condition, not a pod that waits", () => {
    const items = [{ key: "username", path: "credentials/door/username" }];
    const deployment = buildDeployment(model, { ...order, secrets: [{ secret: "login", items }] }, settings);
    const { projected } = at(deployment, `${pod}.volumes.2`) as { projected: { sources: unknown[] } };
    expect(projected.sources).toEqual([{ secret: { name: "login", items, optional: true } }]);
  });

  test("counts the GPU to the runtime", () => {
    const engine = { ...order.recipe.engine, gpu };
    const deployment = buildDeployment(model, { ...order, recipe: { ...order.recipe, engine } }, settings);
    expect(at(deployment, `${pod}.containers.0.resources`)).toEqual({ limits: { "nvidia.com/gpu": "1" } });
  });
});

describe("an object that is there", () => {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "b" },
    data: { x: "1", y: "2" },
  };
  const [created] = applyIfChanged(object, undefined);
  const live =
    created?.type === "Apply" ? { ...created.object, metadata: { ...created.object.metadata, uid: "u" } } : undefined;

  test.each([
    ["as it is wanted is left alone", object, live, 0],
    ["with fields of others is left alone", object, { ...live!, status: { phase: "Bound" } }, 0],
    ["that somebody changed is set right", object, { ...live!, data: { x: "9", y: "2" } }, 1],
    ["of which less is wanted is applied, so that the rest goes", { ...object, data: { x: "1" } }, live, 1],
  ])("%s", (_, wanted, there, actions) => {
    expect(applyIfChanged(wanted, there as never)).toHaveLength(actions);
  });

  test("has lists of the same length", () => {
    expect(holds({ a: [1] }, { a: [1, 2] })).toBe(false);
    expect(holds({ a: [{ x: 1 }] }, { a: [{ x: 1, y: 2 }] })).toBe(true);
  });
});

describe("a new image", () => {
  test("is a new revision, and replaces a node's pod in its turn", () => {
    const world = promotedWorld({ n1: "canary", n2: "rest" });
    world.settings = { ...settings, runtimeImage: "facefleet:2" };
    const images = () =>
      world.store.list("Deployment").map((object) => at(object, "spec.template.spec.containers.0.image"));
    world.until(() => images().includes("facefleet:2"));
    expect(images().toSorted()).toEqual(["facefleet:1", "facefleet:2"]);
    world.rest();
    expect(images()).toEqual(["facefleet:2", "facefleet:2"]);
    expect(world.status.champion).not.toBe(revisionFor({}));
  });
});

test("the store is given to its user once, and by root alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  const [container] = at(jobWith(), "spec.template.spec.initContainers") as { command: string[] }[];
  const [program, ...flags] = container!.command;
  const give = () => execFileSync(program === "node" ? process.execPath : "", [...flags, folder, "65532"]);
  const isRoot = process.getuid?.() === 0;
  for (let times = 0; times < 2; times += 1) {
    give();
    const { uid, mode } = statSync(folder);
    expect([uid, mode & 0o777]).toEqual([isRoot ? 65532 : process.getuid?.(), 0o700]);
  }
  rmSync(folder, { recursive: true });
});
