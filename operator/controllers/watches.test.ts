import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  validCameraStream,
  validEngineBuild,
  validFaceDataset,
  validFaceGallery,
  validFaceModel,
  validNodeRuntime,
  validRolloutDecision,
} from "../../test/support/builders.ts";
import { watchWorld, type World } from "../gather/world.ts";
import { systemClock } from "../kit/clock.ts";
import { fixedConnection } from "../kit/connection.ts";
import type { Watch } from "../kit/controller.ts";
import { createClient } from "../kit/http-client.ts";
import { createLogger } from "../kit/log.ts";
import type { KubeObject, OwnerReference } from "../kit/object.ts";
import type { JobObject } from "../gather/job.ts";
import type { NodeObject } from "../gather/node.ts";
import type { PodObject } from "../gather/pod.ts";
import { cameraWatches, datasetWatches, decisionWatches, galleryWatches, modelWatches } from "./watches.ts";

const namespace = "facefleet";
const log = createLogger({ name: "test", level: "silent" });
const client = createClient({ connection: fixedConnection("http://127.0.0.1:9") });

/** Caches that nothing fills but the test. */
const emptyWorld = () => watchWorld({ client, clock: systemClock, random: Math.random, log }, namespace);

let world: World;
let stops: (() => void)[];
beforeEach(() => {
  world = emptyWorld();
  stops = [];
  for (const name of ["doors", "gates"]) world.models.cache.upsert(validFaceModel({ metadata: { name } }));
  for (const [name, node] of [
    ["front", "n1"],
    ["back", "n2"],
  ] as const) {
    world.cameras.cache.upsert(
      validCameraStream({ metadata: { name }, spec: { nodeName: node, modelRef: { name: "doors" } } }),
    );
  }
  for (const name of ["staff", "guests"]) world.galleries.cache.upsert(validFaceGallery({ metadata: { name } }));
  for (const name of ["gate", "probes", "staff-pictures"])
    world.datasets.cache.upsert(validFaceDataset({ metadata: { name } }));
  world.builds.cache.upsert(validEngineBuild({ metadata: { name: "build-1" }, spec: { model: "doors" } }));
  world.runtimes.cache.upsert(runtime("n1", "doors"));
  world.nodes.cache.upsert(node("n1", true));
  world.jobs.cache.upsert(job("Active"));
});
afterEach(() => stops.forEach((stop) => stop()));

const runtime = (name: string, model: string) =>
  validNodeRuntime({ metadata: { name }, spec: { nodeName: name, model } });
const node = (name: string, ready: boolean): NodeObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, uid: name, resourceVersion: "1" },
  fact: { name, labels: {}, ready, since: "2026-01-01T00:00:00Z" },
});
const job = (state: "Active" | "Complete"): JobObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "build-1-0", namespace, uid: "j", resourceVersion: "1", generation: 1 },
  fact: { name: "build-1-0", uid: "j", build: "build-1", tries: 0, state },
});
const pod = (ended: boolean): PodObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "build-1-0-x", namespace, uid: "p", resourceVersion: "1" },
  job: "build-1-0",
  ended,
  fact: { started: true },
});
const controlled = (kind: string, by: string) => {
  const ownerReferences: OwnerReference[] = [
    { apiVersion: "facefleet.dev/v1alpha1", kind: "FaceModel", name: by, uid: by, controller: true },
  ];
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: `of-${by}`, namespace, uid: kind, resourceVersion: "1", ownerReferences },
  };
};

/** The next version of an object, with what has changed in it. Its generation moves with its spec, as the server's does. */
function changed<T extends KubeObject>(object: T, change: object = {}): T {
  const { resourceVersion, generation = 1 } = object.metadata;
  const metadata = {
    ...object.metadata,
    resourceVersion: String(Number(resourceVersion) + 1),
    generation: "spec" in change ? generation + 1 : generation,
  };
  return { ...object, ...change, metadata };
}

/** Names of the keys that watches ask for while something changes. */
function keysAfter(watches: readonly Watch[], change: () => void): string[] {
  const keys = new Set<string>();
  let listening = false;
  const enqueue = (key: string) => listening && keys.add(key.replace(`${namespace}/`, ""));
  const fail = (error: unknown) => {
    throw error;
  };
  stops.push(...watches.map((watch) => watch.begin(enqueue, fail)));
  listening = true;
  change();
  return [...keys].toSorted();
}

type Story = [change: string, concerned: string[], make: () => void];
const doors = () => world.models.cache.get(`${namespace}/doors`)!;
const gate = () => world.datasets.cache.get(`${namespace}/gate`)!;
const front = () => world.cameras.cache.get(`${namespace}/front`)!;
const staff = () => world.galleries.cache.get(`${namespace}/staff`)!;
const n1 = () => world.runtimes.cache.get(`${namespace}/n1`)!;
const status = { status: { observedGeneration: 1 } };
const ready = {
  status: { slots: { active: { revision: "r", engineKey: "k", state: "Ready", since: "2026-01-01T00:00:00Z" } } },
};

describe("a FaceModel is planned when", () => {
  test.each<Story>([
    ["its status is written", ["doors"], () => world.models.cache.upsert(changed(doors(), status))],
    [
      "its spec or an older one's changes",
      ["doors", "gates"],
      () => world.models.cache.upsert(changed(doors(), { spec: doors().spec })),
    ],
    ["another model goes", ["doors", "gates"], () => world.models.cache.remove(doors())],
    [
      "a dataset may be used otherwise",
      ["doors", "gates"],
      () => world.datasets.cache.upsert(changed(gate(), { spec: gate().spec })),
    ],
    [
      "a dataset's status is written: not at all",
      [],
      () => world.datasets.cache.upsert(changed(gate(), { status: { usedBy: 2 } })),
    ],
    [
      "a gallery changes",
      ["doors", "gates"],
      () => world.galleries.cache.upsert(changed(staff(), { spec: staff().spec })),
    ],
    ["a gallery's status is written: not at all", [], () => world.galleries.cache.upsert(changed(staff(), status))],
    [
      "a camera of it changes",
      ["doors"],
      () => world.cameras.cache.upsert(changed(front(), { spec: { ...front().spec, suspend: true } })),
    ],
    [
      "a camera moves from one model to another",
      ["doors", "gates"],
      () => world.cameras.cache.upsert(changed(front(), { spec: { ...front().spec, modelRef: { name: "gates" } } })),
    ],
    ["a camera's status is written: not at all", [], () => world.cameras.cache.upsert(changed(front(), status))],
    [
      "a decision on it comes",
      ["doors"],
      () => world.decisions.cache.upsert(validRolloutDecision({ spec: { modelRef: { name: "doors" } } })),
    ],
    [
      "one of its builds changes",
      ["doors"],
      () => world.builds.cache.upsert(changed(world.builds.cache.get(`${namespace}/build-1`)!, status)),
    ],
    ["the Job of its build ends", ["doors"], () => world.jobs.cache.upsert(changed(job("Complete")))],
    ["the Job of its build is only touched: not at all", [], () => world.jobs.cache.upsert(changed(job("Active")))],
    ["the pod of its build's Job ends", ["doors"], () => world.pods.cache.upsert(pod(true))],
    [
      "its Deployment changes",
      ["doors"],
      () => world.deployments.cache.upsert({ ...controlled("Deployment", "doors"), fact: { available: true } }),
    ],
    [
      "a record of it goes",
      ["gates"],
      () => {
        const record = { ...controlled("ControllerRevision", "gates"), fact: {} as never };
        world.records.cache.upsert(record);
        world.records.cache.remove(record);
      },
    ],
    ["its runtime on a node reports", ["doors"], () => world.runtimes.cache.upsert(changed(n1(), ready))],
    ["another model leaves a node", ["doors", "gates"], () => world.runtimes.cache.remove(n1())],
    [
      "a node is no longer ready",
      ["doors", "gates"],
      () =>
        world.nodes.cache.upsert({ ...node("n1", false), metadata: { name: "n1", uid: "n1", resourceVersion: "2" } }),
    ],
    [
      "a node shows that it is alive: not at all",
      [],
      () =>
        world.nodes.cache.upsert({ ...node("n1", true), metadata: { name: "n1", uid: "n1", resourceVersion: "2" } }),
    ],
    ["a node comes", ["doors", "gates"], () => world.nodes.cache.upsert(node("n9", true))],
  ])("%s", (_, concerned, make) => expect(keysAfter(modelWatches(world), make)).toEqual(concerned));
});

describe("a RolloutDecision is judged when", () => {
  const decision = (change: object = {}) =>
    validRolloutDecision({ metadata: { name: "go" }, spec: { modelRef: { name: "doors" } }, ...change });
  beforeEach(() => world.decisions.cache.upsert(decision()));
  test.each<Story>([
    ["it comes", ["stop"], () => world.decisions.cache.upsert(decision({ metadata: { name: "stop" } }))],
    ["its model goes", ["go"], () => world.models.cache.remove(doors())],
    ["its model moves on: not at all", [], () => world.models.cache.upsert(changed(doors(), status))],
  ])("%s", (_, concerned, make) => expect(keysAfter(decisionWatches(world), make)).toEqual(concerned));
});

describe("a CameraStream is judged when", () => {
  test.each<Story>([
    ["it changes", ["front"], () => world.cameras.cache.upsert(changed(front(), { spec: front().spec }))],
    ["its model goes", ["back", "front"], () => world.models.cache.remove(doors())],
    [
      "its model moves on: not at all, since the runtime tells what it runs",
      [],
      () => world.models.cache.upsert(changed(doors(), status)),
    ],
    ["its gallery goes", ["back", "front"], () => world.galleries.cache.remove(staff())],
    [
      "the runtime of its node reports, or one that is told to read it",
      ["front", "front-door"],
      () => world.runtimes.cache.upsert(changed(n1(), ready)),
    ],
    [
      "another runtime no longer reads it",
      ["front", "front-door"],
      () => world.runtimes.cache.upsert(changed(n1(), { spec: { ...n1().spec, cameras: [] } })),
    ],
    ["the runtime of its node says nothing new: not at all", [], () => world.runtimes.cache.upsert(changed(n1()))],
    ["its node goes", ["front"], () => world.nodes.cache.remove(node("n1", true))],
    [
      "its node is not ready: not at all, since the runtime goes on",
      [],
      () =>
        world.nodes.cache.upsert({ ...node("n1", false), metadata: { name: "n1", uid: "n1", resourceVersion: "2" } }),
    ],
  ])("%s", (_, concerned, make) => expect(keysAfter(cameraWatches(world), make)).toEqual(concerned));
});

describe("a FaceGallery is judged when", () => {
  const holding = (name: string) => {
    const dataset = { name: "staff-pictures", source: gate().spec.source, format: "ImageFolder" as const };
    const galleries = [{ name, version: "v", dataset, people: [] }];
    return changed(n1(), { spec: { ...n1().spec, galleries } });
  };
  test.each<Story>([
    ["it changes", ["staff"], () => world.galleries.cache.upsert(changed(staff(), { spec: staff().spec }))],
    [
      "its dataset goes",
      ["guests", "staff"],
      () => world.datasets.cache.remove(world.datasets.cache.get(`${namespace}/staff-pictures`)!),
    ],
    ["another dataset goes: not at all", [], () => world.datasets.cache.remove(gate())],
    ["a node is told to hold it", ["staff"], () => world.runtimes.cache.upsert(holding("staff"))],
    [
      "a node gives it up for another",
      ["guests", "staff"],
      () => {
        world.runtimes.cache.upsert(holding("staff"));
        world.runtimes.cache.upsert({ ...holding("guests"), metadata: { ...n1().metadata, resourceVersion: "9" } });
      },
    ],
    ["a node without galleries reports: not at all", [], () => world.runtimes.cache.upsert(changed(n1(), ready))],
  ])("%s", (_, concerned, make) => expect(keysAfter(galleryWatches(world), make)).toEqual(concerned));
});

describe("a FaceDataset is judged when", () => {
  test.each<Story>([
    ["it changes", ["gate"], () => world.datasets.cache.upsert(changed(gate(), { spec: gate().spec }))],
    ["a model that names it comes or goes", ["gate", "probes"], () => world.models.cache.remove(doors())],
    ["a model's status is written: not at all", [], () => world.models.cache.upsert(changed(doors(), status))],
    [
      "a gallery turns from one set to another",
      ["gate", "staff-pictures"],
      () => world.galleries.cache.upsert(changed(staff(), { spec: { ...staff().spec, datasetRef: { name: "gate" } } })),
    ],
  ])("%s", (_, concerned, make) => expect(keysAfter(datasetWatches(world), make)).toEqual(concerned));
});
