import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execute, type ExecuteOptions } from "./execute.ts";
import { FakeApiServer } from "./kit/api-server.fake.ts";
import { ApiError } from "./kit/api-error.ts";
import { Applier } from "./kit/apply.ts";
import type { Client } from "./kit/client.ts";
import type { Happening } from "./kit/event.ts";
import { createClient } from "./kit/http-client.ts";
import { Incomplete } from "./kit/errors.ts";
import { LeaseLost } from "./kit/lease.ts";
import type { KubeObject } from "./kit/object.ts";
import { type Action, ofNode } from "./plan/action.ts";
import { Written } from "./written.ts";

const namespace = "doors";
const errand = { by: "facemodel doors/a", signal: new AbortController().signal };
const collections = {
  Job: "apis/batch/jobs",
  NodeRuntime: "apis/facefleet.dev/noderuntimes",
  FaceModel: "apis/facefleet.dev/facemodels",
  ConfigMap: "api/configmaps",
} as const;
type Kind = keyof typeof collections;
const apiVersions: Record<Kind, string> = {
  Job: "batch/v1",
  NodeRuntime: "facefleet.dev/v1alpha1",
  FaceModel: "facefleet.dev/v1alpha1",
  ConfigMap: "v1",
};

let server: FakeApiServer;
let client: Client;
let happened: Happening[];
let options: ExecuteOptions;
let mayWrite: () => void;

beforeEach(async () => {
  server = await FakeApiServer.start();
  mayWrite = () => undefined;
  happened = [];
  client = createClient({ connection: server.connection, beforeWrite: () => mayWrite() });
  options = {
    client,
    applier: new Applier(client, "facefleet-operator"),
    recorder: { record: (happening) => void happened.push(happening), drain: () => Promise.resolve() },
    written: new Written(),
    find: (kind, key) => cached(kind as Kind, key),
    now: () => 0,
  };
});
afterEach(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

/** The server itself stands for a cache that is up to date. */
function cached(kind: Kind, key: string): KubeObject | undefined {
  return kind === "ConfigMap"
    ? undefined
    : server.objects(collections[kind]).find((each) => `${namespace}/${each.metadata.name}` === key);
}

function put(kind: Kind, name: string, more: object = {}): KubeObject {
  return server.put(collections[kind], { apiVersion: apiVersions[kind], kind, metadata: { name, namespace }, ...more });
}

const naming = (kind: Kind, name: string) => ({ apiVersion: apiVersions[kind], kind, metadata: { name, namespace } });
const apply = (kind: Kind, name: string, more: object = {}): Action => ({
  type: "Apply",
  object: { ...naming(kind, name), ...more },
});
const applyStatus = (kind: Kind, name: string, uid: string, status: object): Action => ({
  type: "ApplyStatus",
  object: { ...naming(kind, name), metadata: { name, namespace, uid }, status },
});
const remove = (kind: Kind, name: string, uid: string): Action => ({
  type: "Delete",
  target: { apiVersion: apiVersions[kind], kind, name, namespace, uid },
});
const event = (reason: string): Action => ({
  type: "Event",
  regarding: { apiVersion: apiVersions.FaceModel, kind: "FaceModel", name: "a", namespace, uid: "u" },
  severity: "Normal",
  reason,
  message: "it came about",
});

/** What the server was asked to write, in order. */
const writes = () =>
  server.received
    .filter(({ verb }) => verb === "write")
    .map(({ method, path }) => `${method} ${path.split(`${namespace}/`)[1]!}`);

describe("actions are carried out", () => {
  test("in their order, and the last says when to plan again", async () => {
    for (const name of ["first", "second"]) put("NodeRuntime", name);
    const { uid } = put("FaceModel", "a").metadata;
    const gone = put("Job", "old").metadata.uid;
    const actions: Action[] = [
      applyStatus("FaceModel", "a", uid, { state: "Progressing" }),
      event("WaveStarted"),
      apply("NodeRuntime", "second", { spec: { model: "a" } }),
      apply("NodeRuntime", "first", { spec: { model: "a" } }),
      remove("Job", "old", gone),
      { type: "Requeue", after: 5_000 },
    ];
    expect(await execute(actions, errand, options)).toEqual({ requeueAfter: 5_000 });
    expect(writes()).toEqual([
      "PATCH facemodels/a/status",
      "PATCH noderuntimes/second",
      "PATCH noderuntimes/first",
      "DELETE jobs/old",
    ]);
    expect(happened.map(({ reason, type, note, regarding }) => [reason, type, note, regarding.metadata.name])).toEqual([
      ["WaveStarted", "Normal", "it came about", "a"],
    ]);
  });

  test("until the first that fails: nothing after it is done", async () => {
    for (const name of ["first", "second"]) put("NodeRuntime", name);
    server.fail("write", { type: "refuse", code: 500, reason: "InternalError" });
    const actions = [apply("NodeRuntime", "first"), apply("NodeRuntime", "second"), event("WaveStarted")];
    await expect(execute(actions, errand, options)).rejects.toBeInstanceOf(ApiError);
    expect([writes(), happened]).toEqual([["PATCH noderuntimes/first"], []]);
  });

  test("only for as long as the key may be worked on", async () => {
    put("NodeRuntime", "first");
    const signal = AbortSignal.abort(new Error("drained for too long"));
    await expect(execute([apply("NodeRuntime", "first")], { ...errand, signal }, options)).rejects.toThrow("drained");
  });

  test("only while the lease is held, which is asked before each write", async () => {
    for (const name of ["first", "second"]) put("NodeRuntime", name);
    let asked = 0;
    mayWrite = () => {
      asked += 1;
      if (asked > 1) throw new LeaseLost("lease facefleet-operator: not held");
    };
    const actions = [apply("NodeRuntime", "first"), apply("NodeRuntime", "second")];
    await expect(execute(actions, errand, options)).rejects.toBeInstanceOf(LeaseLost);
    expect(writes()).toEqual(["PATCH noderuntimes/first"]);
  });
});

describe("what is refused of a node", () => {
  const owner = { apiVersion: apiVersions.FaceModel, kind: "FaceModel", name: "a", uid: "u", controller: true };
  const owned = (name: string): Action => ({
    type: "Apply",
    object: { ...naming("NodeRuntime", name), metadata: { name, namespace, ownerReferences: [owner] } },
  });
  const refuse = (code: number, reason: string) =>
    server.fail("write", { type: "refuse", code, reason }, "noderuntimes/full");
  const attempt = (actions: readonly Action[]) => execute(actions, errand, options).catch((error: unknown) => error);

  beforeEach(() => {
    for (const name of ["full", "other", "third"]) put("NodeRuntime", name);
    for (const name of ["of-full", "later-of-full", "of-other"]) put("Job", name);
  });

  test("ends that node's actions and no other's, and what concerns all is still done", async () => {
    refuse(422, "Invalid");
    const gone = put("Job", "old").metadata.uid;
    const error = await attempt([
      ...ofNode("full", [owned("full"), apply("Job", "of-full")]),
      ...ofNode("other", [owned("other"), apply("Job", "of-other")]),
      remove("Job", "old", gone),
      ...ofNode("full", [apply("Job", "later-of-full")]),
      ...ofNode("third", [owned("third")]),
      { type: "Requeue", after: 5_000 },
    ]);
    expect(writes().toSorted()).toEqual([
      "DELETE jobs/old",
      "PATCH jobs/of-other",
      "PATCH noderuntimes/full",
      "PATCH noderuntimes/other",
      "PATCH noderuntimes/third",
    ]);
    expect(error).toBeInstanceOf(Incomplete);
    expect(error).toMatchObject({ requeueAfter: 5_000, errors: [{ kind: "Invalid" }] });
  });

  test("is told of what it belongs to, with the remedy", async () => {
    refuse(422, "Invalid");
    await attempt(ofNode("full", [owned("full")]));
    expect(happened).toMatchObject([
      { type: "Warning", reason: "WriteRefused", regarding: { kind: "FaceModel", metadata: { name: "a", uid: "u" } } },
    ]);
    expect(happened[0]!.note).toMatch(/^NodeRuntime full was refused with 422 Invalid.*: correct the objects/);
  });

  test("is not told when it passes by itself", async () => {
    refuse(409, "Conflict");
    expect(await attempt(ofNode("full", [owned("full")]))).toBeInstanceOf(Incomplete);
    expect(happened).toEqual([]);
  });

  test("is the end of all when the server serves nobody, or the lease is lost", async () => {
    refuse(503, "ServiceUnavailable");
    const all = ["full", "other"].flatMap((name) => ofNode(name, [owned(name), apply("Job", `of-${name}`)]));
    expect(await attempt([...all, event("WaveStarted")])).toMatchObject({ kind: "ServiceUnavailable" });
    expect(happened).toEqual([]);
    mayWrite = () => {
      throw new LeaseLost("lease facefleet-operator: not held");
    };
    expect(await attempt(all)).toBeInstanceOf(LeaseLost);
  });
});

describe("a deletion", () => {
  test("takes what the object owns with it, and is bound to the very object", async () => {
    const { uid } = put("Job", "build").metadata;
    await execute([remove("Job", "build", uid)], errand, options);
    expect(server.received.at(-1)?.body).toMatchObject({ propagationPolicy: "Background", preconditions: { uid } });
  });

  test.each<[string, number, string]>([
    ["is gone by itself", 404, "NotFound"],
    ["has made room for another of its name", 409, "Conflict"],
  ])("of an object that %s is done", async (_, code, reason) => {
    const { uid } = put("Job", "build").metadata;
    server.fail("write", { type: "refuse", code, reason });
    await expect(execute([remove("Job", "build", uid)], errand, options)).resolves.toBeDefined();
  });

  test("that the server does not allow fails", async () => {
    server.fail("write", { type: "refuse", code: 403, reason: "Forbidden" });
    await expect(execute([remove("Job", "build", "u")], errand, options)).rejects.toBeInstanceOf(ApiError);
  });
});

describe("a status", () => {
  test.each<[string, () => void]>([
    ["that is gone", () => undefined],
    ["that has made room for another of its name", () => void put("FaceModel", "a")],
  ])("of an object %s is not written", async (_, prepare) => {
    prepare();
    await execute([applyStatus("FaceModel", "a", "another uid", { state: "Promoted" })], errand, options);
    expect(writes()).toEqual([]);
  });
});

describe("what was written is waited for", () => {
  test("until the cache shows it, in the version that the server answered with", async () => {
    put("NodeRuntime", "first");
    await execute([apply("NodeRuntime", "first", { spec: { model: "a" } })], errand, options);
    const after = cached("NodeRuntime", `${namespace}/first`)!;
    const before = { ...after, metadata: { ...after.metadata, resourceVersion: "1" } };
    expect(options.written.isVisible(errand.by, () => before, 0)).toBe(false);
    expect(options.written.isVisible(errand.by, () => after, 0)).toBe(true);
  });

  test("also when it is a deletion", async () => {
    const job = put("Job", "build");
    await execute([remove("Job", "build", job.metadata.uid)], errand, options);
    expect(options.written.isVisible(errand.by, () => job, 0)).toBe(false);
    expect(options.written.isVisible(errand.by, () => undefined, 0)).toBe(true);
  });

  test("but not for ConfigMaps, which the operator may not read", async () => {
    put("ConfigMap", "build");
    await execute([apply("ConfigMap", "build", { data: { "recipe.json": "{}" } })], errand, options);
    expect(options.written.isVisible(errand.by, () => undefined, 0)).toBe(true);
  });
});

test("a kind that the operator has no business with is refused before anything is sent", async () => {
  const secret: Action = {
    type: "Apply",
    object: { apiVersion: "v1", kind: "Secret", metadata: { name: "key", namespace } },
  };
  await expect(execute([secret], errand, options)).rejects.toThrow("does not write objects of kind Secret");
  expect(server.received).toEqual([]);
});
