import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { watchWorld } from "../gather/world.ts";
import { FakeApiServer } from "../kit/api-server.fake.ts";
import { Applier } from "../kit/apply.ts";
import { systemClock } from "../kit/clock.ts";
import { eventually } from "../kit/eventually.fake.ts";
import type { Client } from "../kit/client.ts";
import { createClient } from "../kit/http-client.ts";
import { createLogger } from "../kit/log.ts";
import type { KubeObject } from "../kit/object.ts";
import type { Action } from "../plan/action.ts";
import { Written } from "../written.ts";
import { loopOf } from "./controller.ts";

const runtime = {
  apiVersion: "facefleet.dev/v1alpha1",
  kind: "NodeRuntime",
  metadata: { name: "n1", namespace: "doors" },
};
const collection = "apis/facefleet.dev/noderuntimes";
const settings = { runtimeImage: "i", storePath: "/s", hostRoot: "/", evidenceInterval: "30s", awayAfter: 1 };

let server: FakeApiServer;
let client: Client;
let stop: AbortController;
let running: Promise<void>;
beforeEach(async () => {
  server = await FakeApiServer.start();
  client = createClient({ connection: server.connection });
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running;
  await client.close();
  await server[Symbol.asyncDispose]();
});

interface Rig {
  /** What the caches have of the NodeRuntime. */
  find: () => KubeObject | undefined;
  /** What the key is gathered to. */
  gather: () => object | undefined;
  plan: () => Action[];
}

/** Runs a loop. @returns what asks for the one key. */
function runLoop({ find, gather, plan }: Rig): () => void {
  const parts = { clock: systemClock, random: Math.random, log: createLogger({ name: "test", level: "silent" }) };
  const execution = {
    ...{ client, find, applier: new Applier(client, "facefleet-operator"), written: new Written() },
    recorder: { record: () => undefined, drain: () => Promise.resolve() },
    now: () => systemClock.now(),
  };
  const shared = { ...parts, settings, execution, world: watchWorld({ ...parts, client }, "doors") };
  const controller = loopOf({ name: "noderuntime", watches: [], gather, plan }, shared);
  running = controller.run({ stop: stop.signal, abort: new AbortController().signal });
  return () => controller.enqueue("doors/n1");
}

test("a key is not planned again before the caches show what it wrote", async () => {
  let cached: KubeObject | undefined = server.put(collection, runtime);
  let [planned, looked] = [0, 0];
  const enqueue = runLoop({
    find: () => {
      looked += 1;
      return cached;
    },
    gather: () => ({}),
    plan: () => {
      planned += 1;
      return [{ type: "Apply", object: { ...runtime, ...{ spec: { planned } } } }];
    },
  });
  enqueue();
  await eventually(
    () => server.received.length,
    (writes) => writes === 1,
  );
  enqueue();
  const before = looked;
  await eventually(
    () => looked - before,
    (looks) => looks > 3,
  );
  expect(planned).toBe(1);
  cached = server.objects(collection)[0];
  await eventually(
    () => planned,
    (rounds) => rounds === 2,
  );
});

test("of an object that is gone nothing is planned", async () => {
  let [gathered, planned] = [0, 0];
  const enqueue = runLoop({
    find: () => undefined,
    gather: () => {
      gathered += 1;
      return undefined;
    },
    plan: () => {
      planned += 1;
      return [];
    },
  });
  enqueue();
  await eventually(
    () => gathered,
    (times) => times === 1,
  );
  stop.abort();
  await running;
  expect(planned).toBe(0);
});
