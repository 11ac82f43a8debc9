import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { type Cluster, startCluster } from "../../hack/cluster/cluster.ts";
import { Applier, keepManagedFieldsOf } from "../../operator/kit/apply.ts";
import type { Client } from "../../operator/kit/client.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { type Condition, markReady } from "../../operator/kit/conditions.ts";
import type { Connection } from "../../operator/kit/connection.ts";
import { defineController, watch } from "../../operator/kit/controller.ts";
import { createEventRecorder } from "../../operator/kit/events.ts";
import { addFinalizer, removeFinalizer } from "../../operator/kit/finalizer.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { runManager } from "../../operator/kit/manager.ts";
import { isDeleting, type KubeObject, keyOf, parseKey } from "../../operator/kit/object.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";

/** A shelf wants as many boxes as its size: the smallest operator that has children, a status and a finalizer. */
interface Shelf extends KubeObject {
  readonly spec: { readonly size: number };
  readonly status?: { readonly boxes?: number; readonly conditions?: readonly Condition[] };
}

interface Box extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const SHELVES: Resource<Shelf> = {
  group: "kit.test",
  version: "v1",
  plural: "shelves",
  kind: "Shelf",
  namespaced: true,
};
const BOXES: Resource<Box> = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
const MANAGER = "shelf-operator";
const FINALIZER = "kit.test/boxes";

/** The whole operator. Resolves when the signal aborts. */
async function runOperator(client: Client, signal: AbortSignal): Promise<void> {
  const parts = { clock: systemClock, random: Math.random, log: createLogger({ name: MANAGER, level: "silent" }) };
  const pick = keepManagedFieldsOf(MANAGER);
  const shelves = new Reflector({ ...parts, client, resource: SHELVES, pick });
  const shelfOf = ({ metadata }: Box): string => metadata.labels?.["kit.test/shelf"] ?? "";
  const owner = (box: Box): string[] => [keyOf({ metadata: { ...box.metadata, name: shelfOf(box) } })];
  const boxes = new Reflector({
    ...parts,
    client,
    resource: BOXES,
    pick,
    labelSelector: "kit.test/shelf",
    indexes: { owner },
  });
  const applier = new Applier(client, MANAGER);
  const recorder = createEventRecorder({
    ...parts,
    client,
    reporter: { controller: "kit.test/shelves", instance: "0" },
  });

  async function remove(shelf: Shelf): Promise<void> {
    for (const { metadata } of boxes.cache.byIndex("owner", keyOf(shelf))) await client.delete(BOXES, metadata);
    await removeFinalizer(client, SHELVES, shelf, FINALIZER);
  }

  async function fill(shelf: Shelf): Promise<void> {
    await addFinalizer(client, SHELVES, shelf, FINALIZER);
    const wanted = Array.from({ length: shelf.spec.size }, (_, index) => box(shelf, index));
    for (const each of wanted) {
      const { outcome } = await applier.apply(BOXES, each, boxes.cache.get(keyOf(each)));
      const note = `made ${each.metadata.name}`;
      if (outcome === "Created") recorder.record({ regarding: shelf, type: "Normal", reason: "BoxMade", note });
    }
    const names = new Set(wanted.map(({ metadata }) => metadata.name));
    for (const { metadata } of boxes.cache.byIndex("owner", keyOf(shelf))) {
      if (!names.has(metadata.name)) await client.delete(BOXES, metadata, { uid: metadata.uid });
    }
    const verdict = { reason: "Filled", message: `${names.size} boxes`, generation: shelf.metadata.generation ?? 0 };
    const conditions = markReady(shelf.status?.conditions, verdict, systemClock.now());
    const { apiVersion, kind, metadata } = shelf;
    const desired = {
      apiVersion,
      kind,
      metadata: parseKey(keyOf({ metadata })),
      status: { boxes: names.size, conditions },
    };
    await applier.applyStatus(SHELVES, desired, shelf);
  }

  const controller = defineController({
    ...parts,
    name: "shelves",
    watches: [watch(shelves, (shelf) => [keyOf(shelf)]), watch(boxes, owner)],
    backoff: { base: 10, cap: 100 },
    async reconcile(key) {
      const shelf = shelves.cache.get(key);
      if (shelf !== undefined) await (isDeleting(shelf) ? remove(shelf) : fill(shelf));
    },
  });
  await runManager(
    { ...parts, runnables: [shelves, boxes], controllers: [controller], recorder, drainTimeout: 1_000 },
    signal,
  );
}

function box({ metadata: { name, namespace } }: Shelf, index: number) {
  const labels = { "kit.test/shelf": name };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `${name}-${index}`, namespace, labels },
    data: { at: String(index) },
  };
}

let cluster: Cluster;
let connection: Connection;
let admin: Client;

beforeAll(async () => {
  cluster = await startCluster({ auditPolicy: "Metadata" });
  await cluster.kubectl(["apply", "-f", "-"], JSON.stringify(shelfDefinition));
  await cluster.kubectl(["wait", "crd/shelves.kit.test", "--for=condition=Established", "--timeout=30s"]);
  const connect = async (name: string) => {
    const kubeconfig = await cluster.kubeconfigFor({ name, groups: ["system:masters"] });
    return loadConnection({ kubeconfig, env: {} }, systemClock);
  };
  connection = await connect("operator");
  admin = createClient({ connection: await connect("tester") });
}, 120_000);

afterAll(async () => {
  await admin.close();
  await cluster.stop();
});

/** Runs the operator while `use` runs. With `crashAt` it dies instead of making that write, and is started again. */
async function withOperator(use: () => Promise<void>, crashAt = Infinity): Promise<{ writes: number }> {
  const over = new AbortController();
  let writes = 0;
  const life = async (): Promise<void> => {
    const death = new AbortController();
    const beforeWrite = (): void => {
      if (death.signal.aborted) throw new Error("dead");
      writes += 1;
      if (writes !== crashAt) return;
      death.abort(new Error("crashed"));
      throw new Error("crashed");
    };
    const client = createClient({ connection, beforeWrite });
    await runOperator(client, AbortSignal.any([over.signal, death.signal]));
    await client.close();
  };
  const lives = (async () => {
    while (!over.signal.aborted) await life();
  })();
  await use().finally(() => over.abort());
  await lives;
  return { writes };
}

/** What there is to see of a shelf, the parts left out that differ from one telling of the story to the next. */
async function stateOf(name: string) {
  const { items } = await admin.list(BOXES, { namespace: "default", labelSelector: `kit.test/shelf=${name}` });
  const shelf = await admin.get(SHELVES, { name, namespace: "default" });
  const boxes = items.map(({ metadata, data }) => [
    metadata.name.replace(name, "shelf"),
    metadata.labels === undefined,
    data,
  ]);
  const conditions = shelf.status?.conditions?.map(({ type, status, observedGeneration }) => [
    type,
    status,
    observedGeneration,
  ]);
  return { boxes, status: [shelf.status?.boxes, conditions], finalizers: shelf.metadata.finalizers };
}

async function untilFilled(name: string, boxes: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const { items } = await admin.list(BOXES, { namespace: "default", labelSelector: `kit.test/shelf=${name}` });
    const { status, metadata } = await admin.get(SHELVES, { name, namespace: "default" });
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (items.length === boxes && status?.boxes === boxes && ready?.observedGeneration === metadata.generation) return;
    await systemClock.sleep(20);
  }
  throw new Error(`${name} was not filled: ${JSON.stringify(await stateOf(name))}`);
}

/** Three boxes, of which one is stolen and one is spoiled; then two. */
async function tellStory(name: string): Promise<void> {
  const at = { name, namespace: "default" };
  await admin.create(SHELVES, { apiVersion: "kit.test/v1", kind: "Shelf", metadata: at, spec: { size: 3 } } as never);
  await untilFilled(name, 3);
  await admin.delete(BOXES, { ...at, name: `${name}-0` });
  await admin.patch(BOXES, { ...at, name: `${name}-1` }, { type: "merge", body: { data: { at: "spoiled" } } });
  await untilFilled(name, 3);
  await admin.patch(SHELVES, at, { type: "merge", body: { spec: { size: 2 } } });
  await untilFilled(name, 2);
}

test("an operator that crashes before any of its writes ends in the same state as one that never does", async () => {
  let expected: Awaited<ReturnType<typeof stateOf>> | undefined;
  const { writes } = await withOperator(async () => {
    await tellStory("calm");
    expected = await stateOf("calm");
  });
  expect(writes).toBeGreaterThanOrEqual(8);
  for (let crashAt = 1; crashAt <= writes; crashAt += 1) {
    const name = `crash-${crashAt}`;
    await withOperator(async () => {
      await tellStory(name);
      expect({ crashAt, ...(await stateOf(name)) }).toEqual({ crashAt, ...expected });
    }, crashAt);
  }
}, 180_000);

test("an operator writes nothing once all is as it should be, started anew or not", async () => {
  const writesSoFar = async (): Promise<number> => {
    const lines = (await readFile(cluster.auditLog!, "utf8")).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as { verb: string; user: { username: string } });
    return events.filter(({ verb, user }) => user.username === "operator" && !["get", "list", "watch"].includes(verb))
      .length;
  };
  await withOperator(() => systemClock.sleep(1_500));
  const before = await writesSoFar();
  await withOperator(() => systemClock.sleep(1_500));
  expect(await writesSoFar()).toBe(before);
}, 60_000);

test("an operator takes its boxes away before it lets a shelf go", async () => {
  await withOperator(async () => {
    await admin.delete(SHELVES, { name: "calm", namespace: "default" });
    await cluster.kubectl(["wait", "shelf/calm", "--for=delete", "--timeout=20s"]);
    const { items } = await admin.list(BOXES, { namespace: "default", labelSelector: "kit.test/shelf=calm" });
    expect(items).toEqual([]);
  });
}, 60_000);

test("an operator's events tell how each box was made", async () => {
  const described = await cluster.kubectl(["describe", "shelf", "crash-1"]);
  expect(described).toMatch(/BoxMade .*made crash-1-0[^]*BoxMade .*made crash-1-1[^]*BoxMade .*made crash-1-2/);
});

const shelfDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "shelves.kit.test" },
  spec: {
    group: "kit.test",
    scope: "Namespaced",
    names: { plural: "shelves", singular: "shelf", kind: "Shelf" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
