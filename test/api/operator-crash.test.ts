import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { examples } from "../../crds/examples.ts";
import type { FaceModel } from "../../crds/facemodel.ts";
import { apiVersion } from "../../crds/kind.ts";
import type { Client } from "../../operator/kit/client.ts";
import type { KubeObject } from "../../operator/kit/object.ts";
import * as resources from "../../operator/resources.ts";
import { addNode, type StandInDevices, standInForDevices } from "../support/devices.ts";
import { eventually } from "../support/eventually.ts";
import { namespace, starting } from "../support/fleet.ts";
import { type OperatorProcess, startOperator } from "../support/operator-process.ts";
import { type OperatorRig, startOperatorRig } from "../support/operator-rig.ts";
import { startWriteProxy, type WriteProxy } from "../support/write-proxy.ts";

/** An operator that is started again whenever it dies, and dies when it has written what `dies` says. */
class MortalOperator {
  /** Writes of this story so far. */
  writes = 0;
  deaths = 0;
  /** Whether it dies with the n-th write of the story, counted from 1. */
  dies: (write: number) => boolean = () => false;
  readonly #flags: readonly string[];
  #running: OperatorProcess;
  #over = false;

  constructor(flags: readonly string[]) {
    this.#flags = flags;
    this.#running = this.#live();
  }

  /** To be told of each write once the API server has carried it out, before the operator knows. */
  wrote(): void {
    this.writes += 1;
    if (!this.dies(this.writes)) return;
    this.deaths += 1;
    process.kill(this.#running.pid, "SIGKILL");
  }

  /** Waits until it works, whichever life that takes. */
  async up(): Promise<void> {
    const life = this.#running;
    await life.logged("controller started").catch(() => this.up());
    if (life !== this.#running) await this.up();
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#running.end("SIGKILL");
  }

  #live(): OperatorProcess {
    const life = startOperator(this.#flags);
    life.exited.then(
      () => this.#over || (this.#running = this.#live()),
      () => undefined,
    );
    return life;
  }
}

const model = { name: "doors", namespace };
const kinds = [
  resources.facemodels,
  resources.enginebuilds,
  resources.noderuntimes,
  resources.jobs,
  resources.deployments,
  resources.configmaps,
  resources.controllerrevisions,
];

let rig: OperatorRig;
let admin: Client;
let devices: StandInDevices;
let proxy: WriteProxy;
let operator: MortalOperator;

beforeAll(async () => {
  rig = await startOperatorRig();
  admin = rig.admin;
  await addNode(admin, "orin-1", {});
  for (const [name, purpose] of [
    ["gate", "Gate"],
    ["probes", "Probe"],
  ] as const) {
    const spec = { ...examples.FaceDataset.spec, purposes: [purpose] };
    const dataset = { apiVersion, kind: "FaceDataset", metadata: { name, namespace }, spec };
    await admin.create(resources.facedatasets, dataset);
  }
  devices = await standInForDevices(admin, namespace);
  proxy = await startWriteProxy({ server: rig.cluster.server, authority: rig.cluster.authorityFile }, () =>
    operator.wrote(),
  );
  const kubeconfig = await rig.kubeconfig(proxy.url);
  // The same identity each time, as a container that is restarted in its pod has: it need not wait for its own Lease.
  operator = new MortalOperator([
    ...[`--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`, "--identity=one", "--leader-elect"],
    "--runtime-image=facefleet:1",
  ]);
}, starting);

afterAll(async () => {
  await operator.stop();
  await proxy[Symbol.asyncDispose]();
  await devices[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
}, 60_000);

const isOfModel = ({ metadata }: KubeObject) =>
  metadata.name === "doors" || metadata.labels?.["facefleet.dev/model"] === "doors";

async function everything(): Promise<KubeObject[]> {
  const lists = await Promise.all(kinds.map((resource) => admin.list<KubeObject>(resource, { namespace })));
  return lists.flatMap(({ items }) => items).filter(isOfModel);
}

const times = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
/** What differs from one telling of the same story to the next. */
const passing = new Set([
  "uid",
  "resourceVersion",
  "managedFields",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  // A hash of all that is wanted, the uid of the owner among it.
  "facefleet.dev/wanted",
]);

/** What there is, without what differs from one telling of the story to the next: when it was and what it was called by the server. */
async function finalState(): Promise<object> {
  const objects = (await everything()).map(({ kind, metadata, ...rest }) => [
    `${kind} ${metadata.name}`,
    { metadata, ...rest },
  ]);
  const replacer = (key: string, value: unknown) => (passing.has(key) ? undefined : value);
  const text = JSON.stringify(Object.fromEntries(objects), replacer).replace(times, "<time>");
  return JSON.parse(text) as object;
}

/** Applies the model, waits until it is promoted and quiet, and takes it away. @returns the state at the end. */
async function tellStory(dies: (write: number) => boolean): Promise<{ writes: number; deaths: number; end: object }> {
  Object.assign(operator, { writes: 0, deaths: 0, dies });
  const { spec } = examples.FaceModel;
  const wanted = { ...spec, nodes: {}, rollout: { ...spec.rollout, waves: [{ name: "all", soak: "0s" }] } };
  await admin.create(resources.facemodels, { apiVersion, kind: "FaceModel", metadata: model, spec: wanted } as never);
  await eventually("the node has its runtime", async () => {
    const { items } = await admin.list(resources.noderuntimes, { namespace });
    return items.some(({ status }) => status?.slots?.active !== undefined);
  });
  await eventually("the model is promoted", async () => {
    const { status } = await admin.get<FaceModel>(resources.facemodels, model);
    return status?.state === "Promoted";
  });
  await quiet();
  const { writes, deaths } = operator;
  const end = await finalState();
  operator.dies = () => false;
  await admin.delete(resources.facemodels, model);
  await eventually("nothing is left", async () => (await everything()).length === 0);
  return { writes, deaths, end };
}

/** Waits until an operator that is up has written nothing for two seconds. */
async function quiet(): Promise<void> {
  for (let seen = -1; seen !== operator.writes;) {
    await operator.up();
    seen = operator.writes;
    await delay(2_000);
  }
}

let expected: object;
let writes: number;

test("the story is told without a crash", async () => {
  ({ end: expected, writes } = await tellStory(() => false));
  expect(writes).toBeGreaterThan(9);
  expect(Object.keys(expected).map((name) => name.split(" ")[0])).toEqual(
    expect.arrayContaining(kinds.map(({ kind }) => kind)),
  );
}, 90_000);

test("an operator that is killed after every single write comes to the same end", async () => {
  const { deaths, end } = await tellStory(() => true);
  expect(deaths).toBeGreaterThan(9);
  expect(end).toEqual(expected);
}, 180_000);

test("an operator that is killed once, after its first write or one in the middle, comes to the same end", async () => {
  for (const write of [1, Math.ceil(writes / 3), Math.ceil((2 * writes) / 3)]) {
    const { deaths, end } = await tellStory((each) => each === write);
    expect({ write, deaths, end }).toEqual({ write, deaths: 1, end: expected });
  }
}, 180_000);
