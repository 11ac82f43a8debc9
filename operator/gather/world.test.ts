import { describe, expect, test } from "@jest/globals";
import {
  validCameraStream,
  validEngineBuild,
  validFaceDataset,
  validFaceGallery,
  validFaceModel,
  validNodeRuntime,
  validRolloutDecision,
} from "../../test/support/builders.ts";
import { systemClock } from "../kit/clock.ts";
import { fixedConnection } from "../kit/connection.ts";
import { createClient } from "../kit/http-client.ts";
import { createLogger } from "../kit/log.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import * as resources from "../resources.ts";
import { gatherCamera } from "./camera.ts";
import { gatherDataset } from "./dataset.ts";
import { pickDeployment } from "./deployment.ts";
import { gatherGallery } from "./gallery.ts";
import { pickJob } from "./job.ts";
import { gatherModel } from "./model.ts";
import { pickNode } from "./node.ts";
import { completeJob, container, newJob, newPod, readyNode } from "./objects.fake.ts";
import { pickGallery, pickRuntime, sharePeople } from "./people.ts";
import { pickPod } from "./pod.ts";
import { pickRecord } from "./record.ts";
import { findObject, watchWorld, type World } from "./world.ts";

const namespace = "facefleet";
const settings = { runtimeImage: "i", storePath: "/s", hostRoot: "/", evidenceInterval: "30s", awayAfter: 1 };

/** Caches that nothing fills but the test. */
function emptyWorld(): World {
  const client = createClient({ connection: fixedConnection("http://127.0.0.1:9") });
  const log = createLogger({ name: "test", level: "silent" });
  return watchWorld({ client, clock: systemClock, random: Math.random, log }, namespace);
}

/** A name that no label can hold. */
const long = `doors-${"x".repeat(80)}`;
const owned = (kind: string, name: string) => [
  { apiVersion: "facefleet.dev/v1alpha1", kind, name, uid: "u", controller: true },
];
const deployment = (name: string, node: string, model: string) =>
  pickDeployment({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, uid: name, resourceVersion: "1", ownerReferences: owned("FaceModel", model) },
    spec: { template: { spec: { nodeSelector: { "kubernetes.io/hostname": node } } } },
    status: { availableReplicas: 1 },
  });

/** A world with the model "doors" and all that is its own, beside another model and its things. */
function fullWorld(doors = "doors"): World {
  const world = emptyWorld();
  for (const name of [doors, "gates"]) {
    world.models.cache.upsert(validFaceModel({ metadata: { name } }));
    world.cameras.cache.upsert(validCameraStream({ metadata: { name: `at-${name}` }, spec: { modelRef: { name } } }));
    world.decisions.cache.upsert(
      validRolloutDecision({ metadata: { name: `on-${name}` }, spec: { modelRef: { name } } }),
    );
    world.deployments.cache.upsert(deployment(`runtime-${name}`, `node-of-${name}`, name));
    world.records.cache.upsert(
      pickRecord({
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: {
          ...{ name: `${name}-r1`, namespace, uid: name, resourceVersion: "1" },
          labels: { "facefleet.dev/revision": "r1" },
          ownerReferences: owned("FaceModel", name),
        },
        data: { image: "i" } as never,
        revision: 1,
      }),
    );
  }
  world.builds.cache.upsert(validEngineBuild({ metadata: { name: "doors-zjrsqlun1w-n1" }, spec: { model: doors } }));
  world.builds.cache.upsert(validEngineBuild({ metadata: { name: "gates-zjrsqlun1w-n1" }, spec: { model: "gates" } }));
  world.jobs.cache.upsert(pickJob(newJob));
  world.runtimes.cache.upsert(validNodeRuntime({ spec: { model: "gates" } }));
  world.datasets.cache.upsert(validFaceDataset());
  world.galleries.cache.upsert(validFaceGallery());
  world.nodes.cache.upsert(pickNode(readyNode));
  return world;
}

describe.each([
  ["short", "doors"],
  ["longer than a label may be", long],
])("with a name that is %s, a FaceModel is gathered", (_, doors) => {
  test("with what is its own, and what it shares with others", () => {
    const snapshot = gatherModel(fullWorld(doors), `${namespace}/${doors}`, settings)!;
    const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);
    expect({
      model: snapshot.model.metadata.name,
      cameras: names(snapshot.cameras),
      decisions: names(snapshot.decisions),
      builds: names(snapshot.builds),
      jobs: snapshot.jobs.map(({ name }) => name),
      revisions: snapshot.revisions.map(({ name, revision }) => [name, revision]),
      deployments: [...snapshot.deployments.keys()],
      runtimes: [...snapshot.runtimes.keys()],
      datasets: [...snapshot.datasets.keys()],
      galleries: [...snapshot.galleries.keys()],
      nodes: snapshot.nodes.map(({ name }) => name),
    }).toEqual({
      model: doors,
      cameras: [`at-${doors}`],
      decisions: [`on-${doors}`],
      builds: ["doors-zjrsqlun1w-n1"],
      jobs: [newJob.metadata.name],
      revisions: [[`${doors}-r1`, "r1"]],
      deployments: [`node-of-${doors}`],
      runtimes: ["orin-nx-1"],
      datasets: ["gate"],
      galleries: ["staff"],
      nodes: ["n1"],
    });
  });
});

describe("a FaceModel is gathered", () => {
  test("with the report of its build's pod", () => {
    const world = fullWorld();
    const message = JSON.stringify({ verdict: "Success", engineKey: "k" });
    const status = { phase: "Succeeded", containerStatuses: [container({ terminated: { message } })] };
    world.jobs.cache.upsert(
      pickJob({ ...newJob, metadata: { ...newJob.metadata, resourceVersion: "400" }, status: completeJob }),
    );
    world.pods.cache.upsert(pickPod({ ...newPod, status }));
    expect(gatherModel(world, "facefleet/doors", settings)!.jobs).toMatchObject([
      { state: "Complete", report: { verdict: "Success", engineKey: "k" } },
    ]);
  });

  test("without a Job that is being deleted", () => {
    const world = fullWorld();
    const metadata = { ...newJob.metadata, resourceVersion: "400", deletionTimestamp: "2026-11-24T13:00:00Z" };
    world.jobs.cache.upsert(pickJob({ ...newJob, metadata }));
    expect(gatherModel(world, "facefleet/doors", settings)!.jobs).toEqual([]);
  });

  test("after those that are older; of two of the same second the name decides", () => {
    const world = emptyWorld();
    const at = (name: string, creationTimestamp: string) =>
      world.models.cache.upsert(validFaceModel({ metadata: { name, creationTimestamp } }));
    at("b", "2026-01-01T00:00:00Z");
    at("a", "2026-01-01T00:00:00Z");
    at("c", "2025-12-31T23:59:59Z");
    const older = (name: string) =>
      gatherModel(world, `${namespace}/${name}`, settings)!
        .olderModels.map(({ metadata }) => metadata.name)
        .toSorted();
    expect([older("a"), older("b"), older("c")]).toEqual([["c"], ["a", "c"], []]);
  });
});

test("what is gone is not gathered", () => {
  const world = emptyWorld();
  const gather = [gatherCamera, gatherGallery, gatherDataset].map((each) => each(world, "facefleet/gone"));
  expect([gatherModel(world, "facefleet/gone", settings), ...gather]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a CameraStream is gathered with its model, its gallery, and its node and what runs there", () => {
  const world = fullWorld("door-faces");
  world.cameras.cache.upsert(validCameraStream({ spec: { nodeName: "n1" } }));
  const { camera, model, galleries, datasets, runtime, nodeExists } = gatherCamera(world, "facefleet/front-door")!;
  expect({
    camera: camera.metadata.name,
    model: model?.metadata.name,
    galleries: [...galleries.keys()],
    datasets: [...datasets.keys()],
    runtime,
    nodeExists,
  }).toEqual({
    camera: "front-door",
    model: "door-faces",
    galleries: ["staff"],
    datasets: [],
    runtime: undefined,
    nodeExists: true,
  });
});

test("a CameraStream is gathered with its neighbors, and the nodes of the cluster that may still read it", () => {
  const world = fullWorld("door-faces");
  const add = (name: string, spec: object) =>
    world.cameras.cache.upsert(validCameraStream({ metadata: { name }, spec: { nodeName: "n1", ...spec } }));
  add("front-door", {});
  add("back-door", {});
  add("of-another-model", { modelRef: { name: "gates" } });
  add("elsewhere", { nodeName: "n2" });
  const told = (node: string, spec: object, status: object = {}) =>
    world.runtimes.cache.upsert(
      validNodeRuntime({ metadata: { name: node }, spec: { nodeName: node, ...spec }, status }),
    );
  const ordered = { cameras: [{ ...validNodeRuntime().spec.cameras?.[0], name: "front-door" }] };
  const reported = { cameras: [{ name: "front-door", state: "Streaming" }] };
  for (const name of ["n2", "n3"]) {
    world.nodes.cache.upsert(pickNode({ ...readyNode, metadata: { ...readyNode.metadata, name, uid: name } }));
  }
  told("n1", ordered);
  told("n2", ordered);
  told("n3", {}, reported);
  told("gone", ordered);
  const { neighbors, leftOn } = gatherCamera(world, "facefleet/front-door")!;
  expect(neighbors.map(({ metadata }) => metadata.name).toSorted()).toEqual(["back-door", "front-door"]);
  expect(leftOn).toEqual(["n2", "n3"]);
});

test("a FaceGallery is gathered with its dataset and the nodes that are told to hold it", () => {
  const world = fullWorld();
  world.datasets.cache.upsert(validFaceDataset({ metadata: { name: "staff-pictures" } }));
  const dataset = { name: "staff-pictures", source: validFaceDataset().spec.source, format: "ImageFolder" as const };
  const galleries = [{ name: "staff", version: "v", dataset, people: [] }];
  world.runtimes.cache.upsert(validNodeRuntime({ metadata: { name: "n1" }, spec: { nodeName: "n1", galleries } }));
  const snapshot = gatherGallery(world, "facefleet/staff")!;
  expect([snapshot.dataset?.metadata.name, snapshot.runtimes.map(({ metadata }) => metadata.name)]).toEqual([
    "staff-pictures",
    ["n1"],
  ]);
});

test("whatever the operator writes is found again, but for what it may not read", () => {
  const world = fullWorld();
  const caches = [
    world.models,
    world.datasets,
    world.cameras,
    world.galleries,
    world.decisions,
    world.builds,
    world.runtimes,
    world.jobs,
    world.deployments,
    world.records,
  ];
  for (const { cache } of caches) {
    const object: KubeObject = cache.list()[0]!;
    expect([object.kind, findObject(world, object.kind, keyOf(object))]).toEqual([object.kind, object]);
    expect(resources.resourceOf(object.kind).kind).toBe(object.kind);
  }
  expect(resources.unread).toEqual(new Set(["ConfigMap"]));
  expect(findObject(world, "ConfigMap", "facefleet/doors-zjrsqlun1w-n1")).toBeUndefined();
});

describe("people", () => {
  const people = (count: number, name = "p") =>
    Array.from({ length: count }, (_, index) => ({ id: `${name}-${index}` }));
  const runtime = (name: string, held: ReturnType<typeof people>) => {
    const dataset = { name: "d", source: validFaceDataset().spec.source, format: "ImageFolder" as const };
    const spec = { nodeName: name, galleries: [{ name: "staff", version: "v", dataset, people: held }] };
    return validNodeRuntime({ metadata: { name }, spec });
  };

  test("are kept once, however many nodes are told of them", () => {
    const share = sharePeople();
    const enrolled = () => people(50).map(({ id }) => ({ id, consentRef: `c-${id}` }));
    const [gallery, again] = [1, 2].map(() => pickGallery(validFaceGallery({ spec: { people: enrolled() } }), share));
    const [first, second] = ["n1", "n2"].map(
      (name) => pickRuntime(runtime(name, people(50)), share).spec.galleries![0]!.people,
    );
    expect(gallery!.spec.people === again!.spec.people && second === first).toBe(true);
  });

  test("are never mistaken for others", () => {
    const share = sharePeople();
    const [one, other] = [people(50), people(50, "other")].map((held) => pickRuntime(runtime("n1", held), share));
    expect(one!.spec.galleries![0]!.people).toEqual(people(50));
    expect(other!.spec.galleries![0]!.people).toEqual(people(50, "other"));
  });

  test("that are in use are still shared after many others came and went", () => {
    const share = sharePeople();
    const staff = share(people(3));
    for (let visit = 0; visit < 500; visit += 1) {
      share(people(1, `visit-${visit}`));
      expect(share(people(3))).toBe(staff);
    }
  });
});

test("a NodeRuntime whose rates alone have moved is the same as before, so that it wakes nobody", () => {
  const at = (framesPerSecond: string) => {
    const rates = { framesPerSecond, latencyP95Milliseconds: "20", droppedFrames: "0" };
    return pickRuntime(validNodeRuntime({ status: { runtimeVersion: "1", rates } }), sharePeople());
  };
  expect(at("5")).toEqual(at("25"));
  expect(at("5").status).toEqual({ runtimeVersion: "1" });
});

test("of what other tools note on an object nothing is kept", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", "facefleet.dev/requestedAt": "now" };
  const gallery = pickGallery(validFaceGallery({ metadata: { annotations } }), sharePeople());
  expect(gallery.metadata.annotations).toEqual({ "facefleet.dev/requestedAt": "now" });
});
