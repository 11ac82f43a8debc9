import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import sharp from "sharp";
import { create } from "tar";
import { apiVersion } from "../../crds/kind.ts";
import type { FaceGallery } from "../../crds/facegallery.ts";
import type { ProcessNode } from "../../hack/cluster/cluster.ts";
import type { Client } from "../../operator/kit/client.ts";
import * as resources from "../../operator/resources.ts";
import { digestOf } from "../../runtime/engine/digest.ts";
import { writeTinyModels } from "../../runtime/engine/tiny-models.fake.ts";
import { eventually } from "../support/eventually.ts";
import { core, namespace, starting } from "../support/fleet.ts";
import { type OperatorProcess, startOperator } from "../support/operator-process.ts";
import { type OperatorRig, startOperatorRig } from "../support/operator-rig.ts";

/** One node whose pods are real: it builds a tiny model, embeds a gallery by it, and is then no longer wanted. */

const checkout = join(import.meta.dirname, "../..");
const people = ["p-1", "p-2"];
const model = { name: "tiny", namespace };

let folder: string;
let rig: OperatorRig;
let admin: Client;
let node: ProcessNode;
let operator: OperatorProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dismissal-"));
  rig = await startOperatorRig();
  admin = rig.admin;
  const PATH = [dirname(process.execPath), process.env.PATH ?? ""].join(":");
  const images = { facefleet: { entrypoint: ["node"], workingDirectory: checkout, env: { PATH } } };
  node = await rig.cluster.addNode({ name: "orin-1", device: "orin-nano", images });
  const { flags, env } = await rig.pod();
  operator = startOperator([...flags, `--namespace=${namespace}`, "--runtime-image=facefleet:1"], env);
  await applyAll();
}, starting);

afterAll(async () => {
  await operator.end("SIGKILL");
  await rig[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}, 60_000);

function apply(kind: Parameters<typeof resources.resourceOf>[0], name: string, spec: object): Promise<unknown> {
  const object = { apiVersion, kind, metadata: { name, namespace }, spec };
  return admin.apply(resources.resourceOf(kind), object, { fieldManager: "test" });
}

/** The set, the people in it, a camera that looks for them, and a model of tiny networks. */
async function applyAll(): Promise<void> {
  const [first] = people;
  const source = await drawPeople();
  const { networks } = await writeTinyModels(join(folder, "models"));
  const purposes = ["Gate", "Enrollment"];
  await apply("FaceDataset", "people", { source, format: "ImageFolder", purposes, license: "CC0-1.0" });
  await admin.raw({
    method: "POST",
    path: `${core}/secrets`,
    body: { metadata: { name: "staff-gallery" }, stringData: { key: "ab".repeat(32) } },
  });
  const keySecretRef = { name: "staff-gallery", key: "key" };
  const enrolled = people.map((id) => ({ id, consentRef: `record-${id}` }));
  await apply("FaceGallery", "staff", { datasetRef: { name: "people" }, keySecretRef, people: enrolled });
  await apply("CameraStream", "door", {
    source: { type: "File", url: pathToFileURL(join(folder, "set", first!)).href },
    nodeName: node.name,
    modelRef: { name: model.name },
    galleryRef: { name: "staff" },
    infer: { identity: true },
  });
  const gates = {
    offline: { datasetRef: { name: "people" }, checks: [{ metric: "DetectionRate", atLeast: "0.9" }] },
    online: { checks: [{ metric: "ChampionAgreement", margin: "0.1" }] },
  };
  await apply("FaceModel", model.name, {
    networks,
    nodes: {},
    gates,
    rollout: { waves: [{ name: "all", soak: "1s" }] },
  });
}

/** Two people in one color each, red enough for the tiny detector. */
async function drawPeople() {
  for (const [index, person] of people.entries()) {
    await mkdir(join(folder, "set", person), { recursive: true });
    const background = { r: 200, g: 100 * index, b: 0 };
    const picture = sharp({ create: { width: 48, height: 48, channels: 3, background } });
    await picture.png().toFile(join(folder, "set", person, "0.png"));
  }
  const archive = join(folder, "set.tar");
  await create({ cwd: join(folder, "set"), file: archive }, people);
  return { uri: pathToFileURL(archive).href, digest: digestOf(await readFile(archive)) };
}

/** Names in a folder of the node's store. */
const held = (name: string): Promise<string[]> =>
  readdir(join(node.hostRoot, "var/lib/facefleet", namespace, name)).catch(() => []);

async function nodesThatHoldTheGallery(): Promise<number | undefined> {
  const gallery = await admin.get<FaceGallery>(resources.facegalleries, { name: "staff", namespace });
  return gallery.status?.nodesCurrent;
}

async function runtimePods(): Promise<string[]> {
  const labelSelector = "facefleet.dev/model=tiny,!facefleet.dev/try";
  const { items } = await admin.list(resources.pods, { namespace, labelSelector });
  return items.map(({ metadata }) => metadata.name);
}

describe("what a node holds of a FaceModel", () => {
  test("is engines, models, and templates of the people that its cameras look for", async () => {
    await eventually("the model is promoted", async () => {
      const { status } = await admin.get(resources.facemodels, model);
      return status?.state === "Promoted";
    });
    await eventually("the node holds the gallery", async () => (await nodesThatHoldTheGallery()) === 1);
    expect(await held("galleries")).toEqual(["staff"]);
    expect(await held("engines")).toHaveLength(1);
  }, 150_000);

  test("stays when its pod is replaced", async () => {
    const engines = await held("engines");
    const [pod] = await runtimePods();
    await admin.delete(resources.pods, { name: pod!, namespace });
    await eventually("another pod is there", async () => (await runtimePods()).every((name) => name !== pod));
    expect([await held("engines"), await held("galleries")]).toEqual([engines, ["staff"]]);
    await eventually("the node serves again", async () => {
      const { items } = await admin.list(resources.deployments, {
        namespace,
        labelSelector: "facefleet.dev/model=tiny",
      });
      return (items[0] as { status?: { availableReplicas?: number } }).status?.availableReplicas === 1;
    });
  }, 150_000);

  test("is gone with the FaceModel: templates, engines, models, its orders and what it had to tell", async () => {
    await admin.delete(resources.facemodels, model);
    await eventually("its pod is gone", async () => (await runtimePods()).length === 0);
    const left = await Promise.all(
      ["galleries", "engines", "artifacts", "datasets", "state", "events", "work"].map(held),
    );
    expect(left.flat()).toEqual([]);
  }, 150_000);
});
