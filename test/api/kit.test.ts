import { readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Cluster, startCluster } from "../../hack/cluster/cluster.ts";
import { Applier, type ApplyOutcome, keepManagedFieldsOf } from "../../operator/kit/apply.ts";
import type { Client } from "../../operator/kit/client.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { type Condition, markReady } from "../../operator/kit/conditions.ts";
import { createEventRecorder } from "../../operator/kit/events.ts";
import { addFinalizer, removeFinalizer } from "../../operator/kit/finalizer.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";
import { createLeaderElector, type LeaderElector } from "../../operator/kit/lease.ts";
import { createLogger } from "../../operator/kit/log.ts";
import type { KubeObject } from "../../operator/kit/object.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly phase?: string; readonly count?: number; readonly conditions?: readonly Condition[] };
}

type Deployment = KubeObject & { readonly spec: { readonly template: { readonly spec: unknown } } };

const CONFIG_MAPS: Resource<ConfigMap> = core("configmaps", "ConfigMap");
const SECRETS: Resource<ConfigMap> = core("secrets", "Secret");
const DEPLOYMENTS: Resource<Deployment> = { ...core("deployments", "Deployment"), group: "apps" };
const WIDGETS: Resource<Widget> = { ...core("widgets", "Widget"), group: "kit.test" };
const MANAGER = "kit-test";
const log = createLogger({ name: "test", level: "silent" });

function core(plural: string, kind: string): Resource<never> {
  return { group: "", version: "v1", plural, kind, namespaced: true };
}

let cluster: Cluster;
let client: Client;

beforeAll(async () => {
  cluster = await startCluster({ auditPolicy: "Metadata" });
  await cluster.kubectl(["apply", "-f", "-"], JSON.stringify(widgetDefinition));
  await cluster.kubectl(["wait", "crd/widgets.kit.test", "--for=condition=Established", "--timeout=30s"]);
  client = await clientOf({ name: "kit", groups: ["system:masters"] });
}, 120_000);

afterAll(async () => {
  await client.close();
  await cluster.stop();
});

/** A client of a user of its own, so that the audit log tells its requests from others'. */
async function clientOf(user: { name: string; groups?: string[] }): Promise<Client> {
  const kubeconfig = await cluster.kubeconfigFor(user);
  return createClient({ connection: await loadConnection({ kubeconfig, env: {} }, systemClock) });
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly name?: string; readonly subresource?: string };
}

/** What the API server wrote down of a user's requests about a resource. */
async function audited(username: string, resource: string): Promise<AuditEvent[]> {
  const lines = (await readFile(cluster.auditLog!, "utf8")).trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  return events.filter(({ user, objectRef }) => user.username === username && objectRef?.resource === resource);
}

async function writesTo(resource: string, name: string): Promise<string[]> {
  const events = await audited("kit", resource);
  const writes = events.filter(({ verb, objectRef }) => objectRef?.name === name && verb !== "get");
  return writes.map(({ verb, objectRef }) => [verb, objectRef?.subresource].filter(Boolean).join(" "));
}

/** Runs `use` with a cache of a resource that keeps what an applier needs. */
async function withCache<T extends KubeObject>(
  resource: Resource<T>,
  use: (cache: Reflector<T>["cache"]) => Promise<void>,
) {
  const options = { resource, client, clock: systemClock, random: Math.random, log, namespace: "default" };
  const reflector = new Reflector<T>({ ...options, pick: keepManagedFieldsOf(MANAGER) });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  try {
    await reflector.synced;
    await use(reflector.cache);
  } finally {
    stop.abort();
    await running;
  }
}

async function until<T>(look: () => T, isSo: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const seen = look();
    if (isSo(seen)) return seen;
    await delay(20);
  }
  throw new Error(`it did not come about; there is ${JSON.stringify(look())}`);
}

describe("server-side apply", () => {
  test("writes a deployment once, however it is written down, and again only when it has to", async () => {
    await withCache(DEPLOYMENTS, async (cache) => {
      const outcomes: ApplyOutcome[] = [];
      const applier = new Applier(client, MANAGER);
      const apply = async (with_: Applier, desired: ReturnType<typeof deployment>): Promise<void> => {
        const { outcome, object } = await with_.apply(DEPLOYMENTS, desired, cache.get("default/engine"));
        outcomes.push(outcome);
        await until(
          () => cache.get("default/engine")?.metadata.resourceVersion,
          (version) => version !== undefined && BigInt(version) >= BigInt(object.metadata.resourceVersion),
        );
      };
      for (let times = 0; times < 4; times += 1) await apply(applier, deployment("1000m"));
      const { metadata } = cache.get("default/engine")!;
      expect([outcomes, await writesTo("deployments", "engine")]).toEqual([
        ["Created", "Unchanged", "Unchanged", "Unchanged"],
        ["patch"],
      ]);
      // A new process knows nothing but what the server tells it.
      await apply(new Applier(client, MANAGER), deployment("1"));
      expect(await writesTo("deployments", "engine")).toEqual(["patch"]);
      // Even where it has to ask, the server finds nothing to write; the status is the Deployment controller's.
      await apply(new Applier(client, MANAGER), deployment("1000m"));
      expect((await client.get(DEPLOYMENTS, metadata)).metadata.generation).toBe(metadata.generation);
    });
  });

  test("repairs what somebody changes, leaves alone what somebody adds, and takes back what is no longer wanted", async () => {
    await withCache(CONFIG_MAPS, async (cache) => {
      const applier = new Applier(client, MANAGER);
      const dataOf = () => cache.get("default/settings")?.data;
      const apply = async (data: Record<string, string>) =>
        (await applier.apply(CONFIG_MAPS, configMap("settings", data), cache.get("default/settings"))).outcome;
      const change = (data: object) =>
        cluster.kubectl(["patch", "configmap", "settings", "--type=merge", "-p", JSON.stringify({ data })]);
      expect(await apply({ a: "1", b: "2" })).toBe("Created");
      await until(dataOf, (data) => data?.b === "2");
      await change({ theirs: "x" });
      await until(dataOf, (data) => data?.theirs === "x");
      expect(await apply({ a: "1", b: "2" })).toBe("Unchanged");
      await change({ a: "9" });
      await until(dataOf, (data) => data?.a === "9");
      expect(await apply({ a: "1", b: "2" })).toBe("Updated");
      await until(dataOf, (data) => data?.a === "1");
      expect(await apply({ a: "1" })).toBe("Updated");
      await until(dataOf, (data) => data !== undefined && !("b" in data));
      expect(dataOf()).toEqual({ a: "1", theirs: "x" });
      expect(await apply({ a: "1" })).toBe("Unchanged");
    });
  });

  test("writes a status once while it stays the same, and takes back what is no longer said", async () => {
    await withCache(WIDGETS, async (cache) => {
      const applier = new Applier(client, MANAGER);
      await applier.apply(WIDGETS, { ...widget("door"), spec: { size: 1 } } as never, undefined);
      const live = () =>
        until(
          () => cache.get("default/door"),
          (found) => found !== undefined,
        ).then((found) => found!);
      const say = async (status: Widget["status"]) => {
        const { outcome, object } = await applier.applyStatus(
          WIDGETS,
          { ...widget("door"), status: status! },
          await live(),
        );
        await until(
          () => cache.get("default/door")!.metadata.resourceVersion,
          (version) => version === object.metadata.resourceVersion,
        );
        return outcome;
      };
      const verdict = { reason: "Built", message: "the engine is there", generation: 1 };
      const conditions = (at: number) => markReady(cache.get("default/door")?.status?.conditions, verdict, at);
      const outcomes = [await say({ phase: "On", count: 0, conditions: conditions(0) })];
      outcomes.push(await say({ phase: "On", count: 0, conditions: conditions(60_000) }));
      outcomes.push(await say({ phase: "On", conditions: conditions(120_000) }));
      outcomes.push(await say({ phase: "On", conditions: conditions(180_000) }));
      expect(outcomes).toEqual(["Updated", "Unchanged", "Updated", "Unchanged"]);
      expect(await writesTo("widgets", "door")).toEqual(["patch", "patch status", "patch status"]);
      expect((await client.get(WIDGETS, (await live()).metadata)).status).toEqual({
        phase: "On",
        conditions: [
          {
            type: "Ready",
            status: "True",
            observedGeneration: 1,
            lastTransitionTime: "1970-01-01T00:00:00Z",
            reason: "Built",
            message: "the engine is there",
          },
        ],
      });
    });
  });
});

describe("a cache", () => {
  test("follows one object by its name, through deletion and recreation", async () => {
    const told: string[] = [];
    const options = {
      resource: CONFIG_MAPS,
      client,
      clock: systemClock,
      random: Math.random,
      log,
      namespace: "default",
    };
    const reflector = new Reflector({
      ...options,
      fieldSelector: "metadata.name=watched",
      pick: (object: ConfigMap) => object,
    });
    reflector.cache.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
    const stop = new AbortController();
    const running = reflector.run(stop.signal);
    await reflector.synced;
    await client.create(CONFIG_MAPS, configMap("other", {}));
    await client.create(CONFIG_MAPS, configMap("watched", {}));
    await client.delete(CONFIG_MAPS, { name: "watched", namespace: "default" });
    await client.create(CONFIG_MAPS, configMap("watched", { again: "1" }));
    await until(
      () => told.length,
      (count) => count === 3,
    );
    expect(told).toEqual(["Added watched", "Deleted watched", "Added watched"]);
    stop.abort();
    await running;
  });

  test("of metadata never sees what a secret holds", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "theirs", namespace: "default" },
      stringData: { key: "s3cret" },
    };
    await client.create(SECRETS, secret);
    const { items } = await client.list(SECRETS, { namespace: "default", metadataOnly: true });
    expect(items.map(({ metadata }) => metadata.name)).toContain("theirs");
    expect(JSON.stringify(items)).not.toContain("czNjcmV0");
  });

  test("of two thousand objects is listed in four pages that stall the event loop less than one page does", async () => {
    await cluster.kubectl(["create", "namespace", "bulk"]);
    const data = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key-${index}`, "x".repeat(30)]));
    for (let batch = 0; batch < 40; batch += 1) {
      const names = Array.from({ length: 50 }, (_, index) => `object-${batch}-${index}`);
      await Promise.all(
        names.map((name) => client.create(CONFIG_MAPS, { ...configMap(name, data), metadata: bulk(name) } as never)),
      );
    }
    const paged = await stallOf(500);
    const whole = await stallOf(5_000);
    console.log(`listing 2,000 ConfigMaps of 200 keys stalls ${paged.stall} ms by 500, ${whole.stall} ms at once`);
    expect([paged.names, whole.names]).toEqual([2_000, 2_000]);
    expect(paged.stall).toBeLessThan(whole.stall);
    const lists = (await audited("kit", "configmaps")).filter(({ requestURI }) => requestURI.includes("bulk"));
    expect(lists.filter(({ requestURI }) => requestURI.includes("limit=500&")).length).toBe(4 * TRIALS);
  }, 180_000);
});

/** How often the event loop is listened to; the best time is what the work costs, the others have other people in it. */
const TRIALS = 5;

function bulk(name: string): object {
  return { name, namespace: "bulk", labels: { bulk: "yes" } };
}

/** The longest time, in milliseconds, for which listing in pages of this size keeps everything else waiting. */
async function stallOf(pageSize: number): Promise<{ stall: number; names: number }> {
  const pick = (object: ConfigMap): string => object.metadata.name;
  const stalls: number[] = [];
  const names = new Set<string>();
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const monitor = monitorEventLoopDelay({ resolution: 1 });
    monitor.enable();
    const { items } = await client.list(CONFIG_MAPS, { namespace: "bulk", labelSelector: "bulk=yes", pick, pageSize });
    // The last stall is only seen by the turn after it.
    await delay(20);
    monitor.disable();
    stalls.push(monitor.max / 1e6);
    for (const name of items) names.add(name);
  }
  return { stall: Math.round(Math.min(...stalls)), names: names.size };
}

describe("events", () => {
  test("tell the story in its order to kubectl describe, each with how often it happened", async () => {
    const object = await client.create(WIDGETS, { ...widget("story"), spec: {} } as never);
    const reporter = { controller: "kit.test/controller", instance: "test" };
    const recorder = createEventRecorder({ client, clock: systemClock, random: Math.random, log, reporter });
    const reasons = Array.from({ length: 20 }, (_, index) => `Step${String(index).padStart(2, "0")}`);
    for (const reason of reasons) recorder.record({ regarding: object, type: "Normal", reason, note: `did ${reason}` });
    for (let times = 0; times < 3; times += 1) {
      recorder.record({ regarding: object, type: "Warning", reason: "Failing", note: "it fails" });
    }
    await recorder.drain(AbortSignal.timeout(20_000));
    const described = await cluster.kubectl(["describe", "widget", "story"]);
    const lines = described
      .slice(described.indexOf("Events:"))
      .split("\n")
      .slice(3)
      .map((line) => line.trim().split(/\s{2,}/));
    expect(lines.map(([, reason]) => reason)).toEqual([...reasons, "Failing"]);
    expect(lines.at(-1)).toEqual([
      "Warning",
      "Failing",
      expect.stringContaining("(x3 over"),
      "kit.test/controller",
      "it fails",
    ]);
  });
});

describe("a lease", () => {
  /** Times short enough to wait for, in the proportions of the real ones. */
  const timing = { duration: 3_000, renewDeadline: 2_000, retry: 400 };

  async function electorOf(identity: string): Promise<{ elector: LeaderElector; own: Client }> {
    const own = await clientOf({ name: identity, groups: ["system:masters"] });
    const named = { namespace: "default", name: "operator", identity, timing };
    return {
      own,
      elector: createLeaderElector({ client: own, clock: systemClock, random: Math.random, log, ...named }),
    };
  }

  test("passes from a dead leader to the next, and from a leaving one at once, and never to two", async () => {
    const [first, second, third] = await Promise.all(["first", "second", "third"].map(electorOf));
    const stops = [new AbortController(), new AbortController(), new AbortController()];
    const overlaps: string[] = [];
    const electors = [first!.elector, second!.elector, third!.elector];
    const observer = setInterval(() => {
      if (electors.filter((elector) => elector.isLeader()).length > 1) overlaps.push("two leaders");
    }, 5);
    await first!.elector.acquire(stops[0]!.signal);
    const holding = first!.elector.hold(stops[0]!.signal);
    const waiting = second!.elector.acquire(stops[1]!.signal);
    await delay(1_000);
    stops[0]!.abort();
    const died = performance.now();
    await holding;
    await waiting;
    const crashed = performance.now() - died;
    const held = second!.elector.hold(stops[1]!.signal);
    const next = third!.elector.acquire(stops[2]!.signal);
    await delay(500);
    stops[1]!.abort();
    await held;
    const left = performance.now();
    await second!.elector.release();
    await next;
    clearInterval(observer);
    console.log(
      `lease of 3 s: ${Math.round(crashed)} ms after a death, ${Math.round(performance.now() - left)} ms after a release`,
    );
    expect(overlaps).toEqual([]);
    expect(electors.map((elector) => elector.isLeader())).toEqual([false, false, true]);
    const lease = JSON.parse(await cluster.kubectl(["get", "lease", "operator", "-o", "json"])) as { spec: object };
    expect(lease.spec).toMatchObject({ holderIdentity: "third", leaseTransitions: 2 });
    for (const { own } of [first!, second!, third!]) await own.close();
  });
});

describe("the real server's refusals", () => {
  const at = { name: "refused", namespace: "default" };

  test.each<[string, string, () => Promise<unknown>]>([
    ["an object that is not there", "NotFound", () => client.get(WIDGETS, { ...at, name: "missing" })],
    [
      "a status of an object that is not there",
      "NotFound",
      () => client.applyStatus(WIDGETS, { ...widget("missing"), status: {} } as never, { fieldManager: MANAGER }),
    ],
    ["an object that is there", "AlreadyExists", () => client.create(WIDGETS, widget("refused"))],
    [
      "a replacement of an older version",
      "Conflict",
      () => client.replace(WIDGETS, { ...widget("refused"), metadata: { ...at, resourceVersion: "1" } } as never),
    ],
    [
      "a deletion of another object of the name",
      "Conflict",
      () => client.delete(WIDGETS, at, { uid: "00000000-0000-0000-0000-000000000000" }),
    ],
    [
      "an object that the schema does not allow",
      "Invalid",
      () => client.create(WIDGETS, { ...widget("bad"), spec: { size: -1 } } as never),
    ],
    [
      "a body that is nonsense",
      "BadRequest",
      () => client.patch(WIDGETS, at, { type: "json", body: "nonsense" as never }),
    ],
    [
      "a watch from too far back",
      "Gone",
      () =>
        client
          .watch(WIDGETS, {
            resourceVersion: "1",
            timeoutSeconds: 5,
            idleTimeout: 5_000,
            signal: new AbortController().signal,
          })
          .next(),
    ],
  ])("of %s are %s", async (_story, kind, request) => {
    await client.create(WIDGETS, widget("refused")).catch(() => undefined);
    await expect(request()).rejects.toMatchObject({ kind });
  });

  test("of what the schema does not allow name the field", async () => {
    const refusal: unknown = await client
      .create(WIDGETS, { ...widget("bad"), spec: { size: -1 } } as never)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ causes: [{ field: "spec.size" }] });
  });

  test("of somebody without rights are Forbidden", async () => {
    const stranger = await clientOf({ name: "stranger" });
    await expect(stranger.list(WIDGETS)).rejects.toMatchObject({ kind: "Forbidden", status: 403 });
    await stranger.close();
  });
});

test("a finalizer holds a deletion up until it is removed, whoever else writes meanwhile", async () => {
  const at = { name: "kept", namespace: "default" };
  const made = await client.create(WIDGETS, widget("kept"));
  const kept = await addFinalizer(client, WIDGETS, made, "kit.test/cleanup");
  await expect(addFinalizer(client, WIDGETS, made, "kit.test/other")).rejects.toMatchObject({ kind: "Conflict" });
  await client.delete(WIDGETS, at);
  await cluster.kubectl(["label", "widget", "kept", "touched=yes"]);
  expect((await client.get(WIDGETS, at)).metadata.deletionTimestamp).toBeDefined();
  await removeFinalizer(client, WIDGETS, kept, "kit.test/cleanup");
  await expect(client.get(WIDGETS, at)).rejects.toMatchObject({ kind: "NotFound" });
  await removeFinalizer(client, WIDGETS, kept, "kit.test/cleanup");
});

function configMap(name: string, data: Record<string, string>) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
}

function widget(name: string) {
  return { apiVersion: "kit.test/v1", kind: "Widget", metadata: { name, namespace: "default" } };
}

/** Has what servers like to fill in or write differently: defaults, keys with defaults, quantities, empty lists. */
function deployment(cpu: string) {
  const labels = { app: "engine" };
  const container = {
    name: "main",
    image: "example.com/engine:1",
    args: ["--port", "8080"],
    env: [
      { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      { name: "MODE", value: "fast" },
    ],
    ports: [{ name: "http", containerPort: 8080 }],
    resources: { requests: { cpu, memory: "1Gi" } },
    volumeMounts: [{ name: "store", mountPath: "/store" }],
    readinessProbe: { httpGet: { path: "/readyz", port: "http" } },
  };
  const spec = {
    containers: [container],
    tolerations: [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" }],
    nodeSelector: { "kubernetes.io/hostname": "n1" },
    volumes: [{ name: "store", hostPath: { path: "/var/lib/store" } }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "engine", namespace: "default", labels },
    spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

const widgetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.kit.test" },
  spec: {
    group: "kit.test",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: [
      {
        ...{ name: "v1", served: true, storage: true, subresources: { status: {} } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { size: { type: "integer", minimum: 0 } } },
              status: {
                type: "object",
                properties: {
                  phase: { type: "string" },
                  count: { type: "integer" },
                  conditions: {
                    ...{ type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] },
                    items: {
                      type: "object",
                      required: ["type"],
                      properties: { type: { type: "string" } },
                      "x-kubernetes-preserve-unknown-fields": true,
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};
