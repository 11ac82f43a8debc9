import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { examples } from "../../crds/examples.ts";
import type { FaceModel } from "../../crds/facemodel.ts";
import { apiVersion } from "../../crds/kind.ts";
import type { Condition } from "../../crds/shared.ts";
import { orUndefined } from "../../operator/kit/api-error.ts";
import type { Client } from "../../operator/kit/client.ts";
import { EVENTS } from "../../operator/kit/event.ts";
import { LEASES } from "../../operator/kit/lease.ts";
import type { KubeObject } from "../../operator/kit/object.ts";
import type { Resource } from "../../operator/kit/resource.ts";
import * as resources from "../../operator/resources.ts";
import { addNode, setReady, type StandInDevices, standInForDevices } from "../support/devices.ts";
import { eventually } from "../support/eventually.ts";
import { namespace, starting } from "../support/fleet.ts";
import { type OperatorProcess, startOperator } from "../support/operator-process.ts";
import { type OperatorRig, startOperatorRig, writesOfOperator } from "../support/operator-rig.ts";

const [canary, rest] = ["canary-1", "rest-1"];
const model = { name: "doors", namespace };

let rig: OperatorRig;
let admin: Client;
let devices: StandInDevices;
let first: OperatorProcess;
const operators: OperatorProcess[] = [];

beforeAll(async () => {
  rig = await startOperatorRig();
  admin = rig.admin;
  await addNode(admin, canary, { ring: "canary" });
  await addNode(admin, rest, { ring: "rest" });
  devices = await standInForDevices(admin, namespace);
  devices.away.add(canary).add(rest);
  first = await start("first");
  await first.logged("controller started");
}, starting);

afterAll(async () => {
  await Promise.all(operators.map((operator) => operator.end("SIGKILL")));
  await devices[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
}, 60_000);

async function start(identity: string): Promise<OperatorProcess> {
  const { flags, env } = await rig.pod();
  const own = [`--namespace=${namespace}`, `--identity=${identity}`, "--runtime-image=facefleet:1", "--away-after=1s"];
  const operator = startOperator([...flags, ...own, "--leader-elect", "--log-level=debug"], env);
  operators.push(operator);
  return operator;
}

function apply(kind: keyof typeof examples, name: string, spec: object): Promise<KubeObject> {
  const object = { apiVersion, kind, metadata: { name, namespace }, spec };
  return admin.apply(resources.resourceOf(kind), object, { fieldManager: "test" });
}

const datasets = (name: string, purposes: string[]) =>
  apply("FaceDataset", name, { ...examples.FaceDataset.spec, purposes });

/** The example, for the two nodes of this test, without anything that is waited for. */
function specOf(change: object = {}) {
  const { spec } = examples.FaceModel;
  const waves = [
    { name: "canary", nodes: { matchLabels: { ring: "canary" } }, soak: "1s" },
    { name: "rest", soak: "1s" },
  ];
  return { ...spec, nodes: {}, rollout: { ...spec.rollout, waves }, ...change };
}

async function names(resource: Resource): Promise<string[]> {
  const { items } = await admin.list(resource, { namespace, labelSelector: "facefleet.dev/model=doors" });
  return items.map(({ metadata }) => metadata.name);
}

const state = async () => (await admin.get(resources.facemodels, model)).status?.state;
const conditionsOf = async (resource: Resource, name: string) =>
  ((await admin.get(resource, { name, namespace })) as KubeObject & { status?: { conditions?: Condition[] } }).status
    ?.conditions ?? [];

describe("a FaceModel that is applied", () => {
  test("is recorded, and its first wave builds: an order, and a Job that is bound to the node", async () => {
    await datasets("gate", ["Gate"]);
    await datasets("probes", ["Probe"]);
    await apply("FaceModel", "doors", specOf());
    await eventually("the canary's Job is there", async () => (await names(resources.jobs)).length > 0);
    const { revision } = (await admin.get<FaceModel>(resources.facemodels, model)).status!;
    expect({
      records: await names(resources.controllerrevisions),
      builds: await names(resources.enginebuilds),
      orders: await names(resources.configmaps),
      jobs: await names(resources.jobs),
      runtimes: await names(resources.noderuntimes),
    }).toEqual({
      records: [`doors-${revision}`],
      builds: [`doors-${revision}-${canary}`],
      orders: [`doors-${revision}-${canary}`],
      jobs: [`doors-${revision}-${canary}-0`],
      runtimes: [],
    });
    await eventually("its pod is bound", async () => {
      const { items } = await admin.list(resources.pods as Resource<KubeObject & { spec: { nodeName?: string } }>, {
        namespace,
      });
      return items.some(
        ({ metadata, spec }) => metadata.labels?.["facefleet.dev/try"] === "0" && spec.nodeName === canary,
      );
    });
  });

  test("gets a NodeRuntime and a Deployment once the Job's pod has ended with a report", async () => {
    devices.away.delete(canary);
    const { items } = await admin.list(resources.pods, { namespace, labelSelector: "facefleet.dev/try=0" });
    await admin.patch(resources.pods, items[0]!.metadata, {
      type: "merge",
      body: { metadata: { annotations: { played: "yes" } } },
    });
    await eventually("the runtime is there", async () => (await names(resources.deployments)).length > 0);
    const runtime = await admin.get(resources.noderuntimes, { name: canary, namespace });
    const { revision } = (await admin.get<FaceModel>(resources.facemodels, model)).status!;
    expect(runtime.spec.slots).toEqual({ active: { revision, engineKey: `${revision}-${canary}` } });
    expect(await names(resources.deployments)).toEqual([`doors-runtime-${canary}`]);
  });

  test("goes on to the next wave and is promoted, and Events tell so in order", async () => {
    devices.away.delete(rest);
    await eventually("the model is promoted", async () => (await state()) === "Promoted");
    const told = async () => {
      const { items } = await admin.list(EVENTS, { namespace });
      return items.filter(({ regarding }) => regarding.name === "doors").map(({ reason }) => reason);
    };
    await eventually("the last Event is written", async () => (await told()).includes("Promoted"));
    const reasons = await told();
    const wave = ["WaveStarted", "BuildStarted", "EnginesBuilt", "GatePassed", "Activated", "NodeDone", "WavePassed"];
    expect(reasons).toEqual(["RevisionCreated", ...wave, ...wave, "Promoted"]);
    expect(await conditionsOf(resources.facemodels, "doors")).toMatchObject([{ type: "Ready", status: "True" }]);
  });
});

describe("the operator", () => {
  test("writes nothing once all is as it should be: none in 30 seconds", async () => {
    const before = await writesOfOperator(rig);
    await delay(30_000);
    const after = await writesOfOperator(rig);
    expect(after.slice(before.length).map(({ verb, requestURI }) => [verb, requestURI])).toEqual([]);
  }, 60_000);

  test("is replaced when it is killed and its Lease runs out, by one that finds nothing to do", async () => {
    const second = await start("second");
    await eventually("it knows what the first one knows", async () => (await second.ask("/readyz")).status === 200);
    const before = await writesOfOperator(rig);
    await first.end("SIGKILL");
    await second.logged("controller started");
    await delay(2_000);
    const after = await writesOfOperator(rig);
    expect(after.slice(before.length).map(({ verb, requestURI }) => [verb, requestURI])).toEqual([]);
  }, 60_000);

  test("finishes, gives its Lease back and ends with 0 when it is told to stop", async () => {
    const third = await start("third");
    expect(await operators[1]!.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const lease = await admin.get(LEASES, { name: "facefleet-operator", namespace });
    // Nobody has to wait for the Lease to run out.
    expect(["", "third"]).toContain(lease.spec?.holderIdentity);
    await third.logged("controller started");
  }, 60_000);
});

describe("a reference that leads nowhere is a condition that names the field and the remedy", () => {
  const camera = { ...examples.CameraStream.spec, nodeName: canary, modelRef: { name: "doors" } };
  const gate = { ...examples.FaceModel.spec.gates.offline, datasetRef: { name: "nowhere" } };
  const lost = specOf({
    nodes: { matchLabels: { ring: "none" } },
    gates: { ...examples.FaceModel.spec.gates, offline: gate },
  });
  const gallery = { ...examples.FaceGallery.spec, datasetRef: { name: "gate" } };
  type Story = [kind: keyof typeof examples, reason: string, message: string, spec: object];
  test.each<Story>([
    [
      "FaceModel",
      "DatasetNotFound",
      "spec.gates.offline.datasetRef names FaceDataset nowhere, which does not exist: create it or name another",
      lost,
    ],
    [
      "CameraStream",
      "ModelNotFound",
      "spec.modelRef names FaceModel nothing, which does not exist: create it or name another",
      { ...camera, modelRef: { name: "nothing" } },
    ],
    [
      "CameraStream",
      "NodeNotFound",
      "spec.nodeName names node nowhere, which does not exist: name another or add it",
      { ...camera, nodeName: "nowhere" },
    ],
    [
      "CameraStream",
      "GalleryNotFound",
      "spec.galleryRef names FaceGallery staff, which does not exist: create it or name another",
      camera,
    ],
    [
      "FaceGallery",
      "PurposeNotAllowed",
      "spec.datasetRef names FaceDataset gate, which may be used for Gate and not for Enrollment: add Enrollment to its spec.purposes",
      gallery,
    ],
  ])("of a %s: %s", async (kind, reason, message, spec) => {
    await apply(kind, "lost", spec);
    const resource = resources.resourceOf(kind);
    await eventually("it is stalled", async () =>
      (await conditionsOf(resource, "lost")).some(({ type }) => type === "Stalled"),
    );
    expect(await conditionsOf(resource, "lost")).toMatchObject([
      { type: "Ready", status: "False", reason, message: expect.stringContaining(message) as unknown },
      { type: "Stalled", status: "True", reason },
    ]);
    await admin.delete(resource, { name: "lost", namespace });
  });

  test("which goes away once the object that was missing is there", async () => {
    await apply("CameraStream", "early", camera);
    const isReady = (reason: string) => async () =>
      (await conditionsOf(resources.camerastreams, "early"))[0]?.reason === reason;
    await eventually("its gallery is missing", isReady("GalleryNotFound"));
    await apply("FaceGallery", "staff", examples.FaceGallery.spec);
    await eventually("nothing is missing", isReady("Connecting"));
    await admin.delete(resources.camerastreams, { name: "early", namespace });
  });
});

/** What the cluster is told of people, and where they are seen. */
const personal = ["p-0107", "p-0108", "consent.example.com", "10.9.8.7"];

test("nothing personal is in what the operator logs, counts, says in a status or tells as an Event", async () => {
  await datasets("staff-pictures", ["Enrollment"]);
  await apply("FaceGallery", "staff", examples.FaceGallery.spec);
  await apply("CameraStream", "front-door", {
    ...examples.CameraStream.spec,
    source: { type: "HTTP", url: "http://10.9.8.7/mjpeg" },
    nodeName: canary,
    modelRef: { name: "doors" },
  });
  await eventually("the camera has reached its node", async () => {
    const { spec } = await admin.get(resources.noderuntimes, { name: canary, namespace });
    return spec.cameras?.[0]?.gallery === "staff" && spec.galleries?.[0]?.people.length === 2;
  });
  await delay(1_000);
  const listed = await Promise.all(
    [resources.facemodels, resources.enginebuilds, resources.camerastreams, resources.facegalleries].map((resource) =>
      admin.list<KubeObject & { status?: object }>(resource, { namespace }),
    ),
  );
  const { items: events } = await admin.list(EVENTS, { namespace });
  const said = {
    logs: JSON.stringify(operators.map(({ log, errors }) => [log, errors])),
    metrics: (await operators.at(-1)!.ask("/metrics")).body,
    statuses: JSON.stringify(listed.flatMap(({ items }) => items.map(({ status }) => status))),
    events: JSON.stringify(events.map(({ note }) => note)),
  };
  const found = Object.entries(said).flatMap(([where, text]) =>
    personal.filter((word) => text.includes(word)).map((word) => [where, word]),
  );
  expect(found).toEqual([]);
});

test("no request of the operator was refused for want of rights, and nothing went wrong in it", async () => {
  const lines = (await readFile(rig.cluster.auditLog!, "utf8")).trim().split("\n");
  const refused = lines
    .map((line) => JSON.parse(line) as { userAgent?: string; responseStatus?: { code: number }; requestURI: string })
    .filter(
      ({ userAgent, responseStatus }) => userAgent?.startsWith("facefleet-operator") && responseStatus?.code === 403,
    );
  expect(refused.map(({ requestURI }) => requestURI)).toEqual([]);
  const errors = operators.flatMap(({ log }) => log.filter(({ level }) => level === "error" || level === "fatal"));
  expect(errors).toEqual([]);
});

test("a FaceModel that is deleted takes everything with it, though one of its nodes is dead", async () => {
  devices.away.add(rest);
  await setReady(admin, rest, "Unknown");
  await admin.delete(resources.facemodels, model);
  await admin.delete(resources.camerastreams, { name: "front-door", namespace });
  const { enginebuilds, noderuntimes, jobs, deployments, configmaps, controllerrevisions } = resources;
  await eventually("nothing is left of it", async () => {
    const kinds = [enginebuilds, noderuntimes, jobs, deployments, configmaps, controllerrevisions];
    const left = await Promise.all(kinds.map(names));
    const gone = (await orUndefined(admin.get(resources.facemodels, model))) === undefined;
    return gone && left.flat().length === 0;
  });
  // The pod on the dead node is Kubernetes' to take away, once its kubelet has ended it or the Node is deleted.
  await eventually("no other pod is left", async () => {
    const { items } = await admin.list(resources.pods, { namespace, labelSelector: "facefleet.dev/model=doors" });
    return items.every(({ metadata }) => metadata.labels?.["facefleet.dev/node"] === rest);
  });
}, 90_000);
