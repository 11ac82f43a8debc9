import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/kind.ts";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { FakeApiServer } from "../../operator/kit/api-server.fake.ts";
import type { Client } from "../../operator/kit/client.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { createMetrics } from "../../operator/kit/metrics.ts";
import { followNodeRuntime } from "./follow.ts";
import { SiteNode } from "./site-node.fake.ts";
import { Site, specOf, until, type SpecParts } from "./site.fake.ts";

const collection = "apis/facefleet.dev/noderuntimes";

let site: Site;
let api: FakeApiServer;
let client: Client;
beforeEach(async () => {
  [site, api] = [await Site.open(), await FakeApiServer.start()];
  client = createClient({ connection: api.connection });
});
afterEach(async () => {
  await client.close();
  await api[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

let generation = 0;
function apply(parts: SpecParts, { uid = "uid-1" } = {}): void {
  const metadata = { name: "orin-1", namespace: "doors", uid, generation: (generation += 1) };
  api.put(collection, { apiVersion, kind: "NodeRuntime", metadata, spec: specOf(parts), status: status() });
}
const status = () => (api.objects(collection)[0] as { status?: NodeRuntimeStatus } | undefined)?.status;
const writes = () => api.received.filter(({ verb }) => verb === "write").length;

/** A node that is tied to the API server. */
async function start(): Promise<{ node: SiteNode; stop: () => Promise<void> }> {
  const bell = { ring: (): void => undefined };
  const node = await SiteNode.start(site, () => bell.ring());
  const following = followNodeRuntime({
    client,
    node: "orin-1",
    namespace: "doors",
    supervisor: node.supervisor,
    status: node.status,
    evidenceInterval: 30_000,
    clock: systemClock,
    random: Math.random,
    log: createLogger({ name: "test", level: "silent" }),
    metrics: createMetrics(),
  });
  bell.ring = () => following.notify();
  const stopped = new AbortController();
  const running = following.run(stopped.signal);
  return {
    node,
    stop: async () => {
      stopped.abort();
      await running;
      await node[Symbol.asyncDispose]();
    },
  };
}

describe("a node that follows its NodeRuntime", () => {
  test("does what it says, and reports what came of it", async () => {
    const a = await site.build("a");
    apply({ slots: { active: a } });
    const { stop } = await start();
    await until(() => status()?.conditions?.[0]?.status === "True");
    expect(status()).toMatchObject({
      observedGeneration: generation,
      slots: { active: { ...a, state: "Ready" } },
      runtimeVersion: "test",
    });
    apply({ slots: {} });
    await until(
      () => status()?.observedGeneration === generation && status()?.conditions?.[0]?.reason === "NoRevision",
    );
    await stop();
  });

  test("waits for a NodeRuntime that is not there yet", async () => {
    const { node, stop } = await start();
    expect(node.supervisor.obstacle).toBe("the NodeRuntime has not been seen yet");
    await until(() => api.watching === 1);
    apply({ slots: {} });
    await until(() => status() !== undefined);
    expect(node.supervisor.obstacle).toBeUndefined();
    await stop();
  });

  test("writes nothing when it is started again and all is as it was", async () => {
    apply({ slots: {} });
    const first = await start();
    await until(() => status() !== undefined);
    await first.stop();
    const before = writes();
    const second = await start();
    await until(() => api.watching === 1);
    apply({ slots: {}, loadTimeout: "3m" });
    await until(() => status()?.observedGeneration === generation);
    await second.stop();
    expect(writes()).toBe(before + 1);
  });

  test("works by the last order while the API server is away, and reports when it is back", async () => {
    const a = await site.build("a");
    apply({ slots: { active: a } });
    const first = await start();
    await until(() => status()?.slots?.active?.state === "Ready");
    await first.stop();
    for (let times = 0; times < 100; times += 1) api.fail("list", { type: "reset" });
    const { node, stop } = await start();
    await until(() => node.supervisor.obstacle === undefined);
    expect(api.watching).toBe(0);
    api.heal();
    api.fail("write", { type: "refuse", code: 503, reason: "ServiceUnavailable" });
    const { since } = node.facts.slots.active!;
    await until(() => status()?.slots?.active?.since === since);
    await stop();
  });

  test("takes an object that was made anew for another one, though the generation is the same", async () => {
    apply({ slots: {} });
    const { node, stop } = await start();
    await until(() => status() !== undefined);
    api.remove(collection, "orin-1", "doors");
    const a = await site.build("a");
    generation -= 1;
    apply({ slots: { active: a } }, { uid: "uid-2" });
    await until(() => node.facts.slots.active?.state === "Ready");
    await stop();
  });

  test("goes on as before when a spec comes that this build does not know", async () => {
    const a = await site.build("a");
    apply({ slots: { active: a } });
    const { node, stop } = await start();
    await until(() => node.supervisor.obstacle === undefined);
    const [object] = api.objects(collection);
    const camera = { name: "c", source: { type: "Telepathy", url: "mind://" } };
    const spec = { ...specOf({ slots: {} }), cameras: [camera] };
    api.put(collection, { ...object, metadata: { ...object!.metadata, generation: 99 }, spec });
    apply({ slots: { active: a }, loadTimeout: "3m" });
    await until(() => node.supervisor.spec?.loadTimeout === "3m");
    expect(node.facts.slots.active?.state).toBe("Ready");
    await stop();
  });
});
