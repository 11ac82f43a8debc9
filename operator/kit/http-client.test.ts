import { describe, expect, test } from "@jest/globals";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError } from "./api-error.ts";
import { FakeApiServer } from "./api-server.fake.ts";
import type { Client, WatchOptions } from "./client.ts";
import { FakeClock } from "./clock.fake.ts";
import { systemClock } from "./clock.ts";
import { fixedConnection, inCluster, refreshed } from "./connection.ts";
import { DeadlineExceeded } from "./deadline.ts";
import { eventually } from "./eventually.fake.ts";
import { createClient } from "./http-client.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const AT = { namespace: "d", name: "a" };
const POD = { apiVersion: "v1", kind: "Pod", metadata: AT };

interface Rig extends AsyncDisposable {
  readonly server: FakeApiServer;
  readonly client: Client;
}

async function startRig(options: { beforeWrite?: () => void } = {}): Promise<Rig> {
  const server = await FakeApiServer.start();
  const client = createClient({ connection: server.connection, ...options });
  return {
    ...{ server, client },
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A server that answers as it is told to, for what the API server would never say. */
async function withServer(
  listener: RequestListener,
  use: (client: Client) => Promise<void>,
  lineLimit = 1_000,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
  const client = createClient({ connection: fixedConnection(url), lineLimit, bodyLimit: 1_000 });
  await use(client).finally(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
  });
}

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe("a client", () => {
  test.each([
    [404, "NotFound", "NotFound"],
    [409, "AlreadyExists", "AlreadyExists"],
    [409, "Conflict", "Conflict"],
    [410, "Expired", "Gone"],
    [422, "Invalid", "Invalid"],
    [403, "Forbidden", "Forbidden"],
    [429, "TooManyRequests", "TooManyRequests"],
    [500, "InternalError", "InternalError"],
    [500, "SomethingNew", "InternalError"],
    [418, "SomethingNew", "BadRequest"],
    [504, "Timeout", "Timeout"],
  ] as const)("calls an answer of %i %s %s", async (code, reason, kind) => {
    await using rig = await startRig();
    rig.server.fail("get", { type: "refuse", code, reason });
    expect(await errorOf(rig.client.get(PODS, AT))).toMatchObject({ kind, status: code, reason });
  });

  test("passes on how long the server asks to wait, in milliseconds", async () => {
    await using rig = await startRig();
    rig.server.fail("get", { type: "refuse", code: 429, reason: "TooManyRequests", retryAfter: 7 });
    expect((await errorOf(rig.client.get(PODS, AT))).retryAfter).toBe(7_000);
  });

  test("does not repeat a write of which it has no answer", async () => {
    await using rig = await startRig();
    rig.server.fail("write", { type: "reset" });
    expect((await errorOf(rig.client.create(PODS, POD))).kind).toBe("Unreachable");
    expect(rig.server.received.length).toBe(1);
  });

  test("repeats a read once over a connection that was cut", async () => {
    await using rig = await startRig();
    rig.server.put("api/pods", { metadata: AT });
    rig.server.fail("get", { type: "reset" });
    expect((await rig.client.get(PODS, AT)).metadata.name).toBe("a");
  });

  test("gives a request up after its time", async () => {
    await using rig = await startRig();
    rig.server.fail("get", { type: "mute" });
    expect(await errorOf(rig.client.get(PODS, AT, { timeout: 20 }))).toMatchObject({ kind: "Unreachable", status: 0 });
  });

  test("rejects with the caller's reason when the caller aborts", async () => {
    await using rig = await startRig();
    rig.server.fail("get", { type: "mute" });
    const controller = new AbortController();
    const request = rig.client.get(PODS, AT, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(request).rejects.toThrow("enough");
  });

  test("asks before each write, and writes nothing when the answer is no", async () => {
    await using rig = await startRig({
      beforeWrite: () => {
        throw new Error("not the leader");
      },
    });
    for (const write of [
      () => rig.client.create(PODS, POD),
      () => rig.client.replace(PODS, POD),
      () => rig.client.apply(PODS, POD, { fieldManager: "m" }),
      () => rig.client.applyStatus(PODS, POD, { fieldManager: "m" }),
      () => rig.client.patch(PODS, AT, { type: "merge", body: {} }),
      () => rig.client.delete(PODS, AT),
      () => rig.client.raw({ method: "POST", path: "/api/v1/namespaces/d/pods/a/eviction", body: {} }),
    ]) {
      await expect(write()).rejects.toThrow("not the leader");
    }
    expect(rig.server.received).toEqual([]);
  });

  test("lists page by page, and gives each object its kind", async () => {
    await using rig = await startRig();
    for (let index = 0; index < 7; index += 1) rig.server.put("api/pods", { metadata: { ...AT, name: `p${index}` } });
    const pages: string[][] = [];
    const pick = (object: KubeObject): string => `${object.apiVersion} ${object.kind} ${object.metadata.name}`;
    for await (const { items } of rig.client.pages(PODS, { pageSize: 3, pick })) pages.push([...items]);
    expect(pages).toEqual([
      ["v1 Pod p0", "v1 Pod p1", "v1 Pod p2"],
      ["v1 Pod p3", "v1 Pod p4", "v1 Pod p5"],
      ["v1 Pod p6"],
    ]);
  });

  test("gives the version of a list's first page, so that a watch from there misses nothing", async () => {
    await using rig = await startRig();
    for (let index = 0; index < 4; index += 1) rig.server.put("api/pods", { metadata: { ...AT, name: `p${index}` } });
    const pick = ({ metadata }: KubeObject): string => {
      // While the pages are read, what is on the first one changes.
      if (metadata.name === "p1") rig.server.put("api/pods", { metadata: { ...AT, name: "p0" } });
      return metadata.name;
    };
    const { items, resourceVersion } = await rig.client.list(PODS, { pageSize: 2, pick });
    expect([items.length, resourceVersion]).toEqual([4, "104"]);
  });

  test("gives a watch up when it has been silent for too long, and not while there is any sign of life", async () => {
    await using server = await FakeApiServer.start();
    const clock = new FakeClock();
    const client = createClient({ connection: server.connection, clock });
    const { signal } = new AbortController();
    const events = client.watch(PODS, { ...WATCH, resourceVersion: "100", idleTimeout: 100, signal });
    for (let times = 0; times < 5; times += 1) {
      const next = events.next();
      await eventually(
        () => server.watching,
        (open) => open === 1,
      );
      await clock.advance(80);
      server.bookmark();
      expect((await next).done).toBe(false);
    }
    const last = errorOf(events.next());
    await clock.advance(100);
    expect((await last).cause).toBeInstanceOf(DeadlineExceeded);
    await client.close();
  });

  test("sends each verb as the API has it", async () => {
    await using rig = await startRig();
    await rig.client.create(PODS, POD, { dryRun: true, fieldManager: "m" });
    await rig.client.patch(PODS, AT, { type: "merge", body: { metadata: { labels: { x: "1" } } } });
    await rig.client.apply(PODS, POD, { fieldManager: "m" });
    await rig.client.applyStatus(PODS, POD, { fieldManager: "m" });
    await rig.client.delete(PODS, AT, { uid: "u", propagation: "Background" });
    const sent = rig.server.received.map(({ method, path, query, headers, body }) => ({
      request: `${method} ${path}?${query.toString()}`,
      type: headers["content-type"],
      body,
    }));
    const path = "/api/v1/namespaces/d/pods";
    expect(sent).toMatchObject([
      { request: `POST ${path}?dryRun=All&fieldManager=m`, type: "application/json", body: POD },
      { request: `PATCH ${path}/a?`, type: "application/merge-patch+json" },
      { request: `PATCH ${path}/a?fieldManager=m&force=true`, type: "application/apply-patch+yaml", body: POD },
      { request: `PATCH ${path}/a/status?fieldManager=m&force=true`, type: "application/apply-patch+yaml" },
      { request: `DELETE ${path}/a?`, body: { preconditions: { uid: "u" }, propagationPolicy: "Background" } },
    ]);
  });

  test("asks for metadata only when told to", async () => {
    await using rig = await startRig();
    await rig.client.list(PODS, {
      metadataOnly: true,
      labelSelector: "a=b",
      fieldSelector: "metadata.name=a",
      namespace: "d",
    });
    expect(rig.server.received[0]!.headers.accept).toContain("as=PartialObjectMetadataList");
    expect(Object.fromEntries(rig.server.received[0]!.query)).toEqual({
      limit: "500",
      labelSelector: "a=b",
      fieldSelector: "metadata.name=a",
    });
  });
});

const WATCH: Omit<WatchOptions, "signal"> = { resourceVersion: "1", timeoutSeconds: 60, idleTimeout: 5_000 };

async function watchAll(client: Client): Promise<number> {
  let events = 0;
  const { signal } = new AbortController();
  for await (const event of client.watch(PODS, { ...WATCH, signal })) events += event.type === "ADDED" ? 1 : 0;
  return events;
}

describe("a client takes from an untrusted server", () => {
  test("no body longer than its limit", () =>
    withServer(
      (_request, response) => response.end(JSON.stringify({ long: "x".repeat(2_000) })),
      async (client) => expect((await errorOf(client.get(PODS, AT))).kind).toBe("TooLarge"),
    ));

  test("no watch line longer than its limit, even one that never ends", () =>
    withServer(
      (_request, response) => void setInterval(() => response.write("x".repeat(500)), 1).unref(),
      async (client) => expect((await errorOf(watchAll(client))).kind).toBe("TooLarge"),
    ));

  test("an answer that is not JSON as malformed, without repeating what it was", () =>
    withServer(
      (_request, response) => response.end("<html>secret</html>"),
      async (client) => {
        const error = await errorOf(client.get(PODS, AT));
        expect(error.kind).toBe("Malformed");
        expect(error.message).not.toContain("secret");
      },
    ));

  test("a refusal that is not a Status by its code", () =>
    withServer(
      (_request, response) => response.writeHead(502).end("<html>bad gateway</html>"),
      async (client) =>
        expect(await errorOf(client.get(PODS, AT))).toMatchObject({ kind: "InternalError", status: 502 }),
    ));

  test("no event that is cut off at the end for a whole one", () =>
    withServer(
      (_request, response) => response.end('{"type":"ADDED","object":{"metadata":{"name":"a"}}}'),
      async (client) => expect((await errorOf(watchAll(client))).kind).toBe("Unreachable"),
    ));

  test("events however the lines are cut into pieces", () => {
    const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object: { metadata: { name: "ä€😀" } } })}\n`);
    return withServer(
      (_request, response) => {
        for (const byte of Buffer.concat([line, line, line])) response.write(Buffer.of(byte));
        response.end();
      },
      async (client) => expect(await watchAll(client)).toBe(3),
    );
  });
});

describe("a connection", () => {
  test("reads rotated credentials after ten seconds, and at once when they were refused", async () => {
    const clock = new FakeClock();
    let reads = 0;
    const read = () => Promise.resolve({ server: "http://x", headers: { token: String((reads += 1)) }, tls: {} });
    const connection = refreshed(read, clock);
    const token = async () => (await connection.credentials()).headers.token;
    expect([await token(), await token()]).toEqual(["1", "1"]);
    await clock.advance(10_000);
    expect(await token()).toBe("2");
    connection.invalidate();
    expect(await token()).toBe("3");
  });

  test("tries again to read what it could not read", async () => {
    let reads = 0;
    const connection = refreshed(
      () =>
        (reads += 1) === 1
          ? Promise.reject(new Error("no file"))
          : Promise.resolve({ server: "http://x", headers: {}, tls: {} }),
      new FakeClock(),
    );
    await expect(connection.credentials()).rejects.toThrow("no file");
    expect((await connection.credentials()).server).toBe("http://x");
  });

  test("of a pod comes from its environment and its service account, below the pod's root", async () => {
    const root = await mkdtemp(join(tmpdir(), "kit-"));
    const folder = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "token"), "secret\n");
    await writeFile(join(folder, "ca.crt"), "certificate");
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const { server, headers, tls } = await inCluster({ env, root }, systemClock).credentials();
    expect({ server, headers, ca: String(tls.ca) }).toEqual({
      server: "https://[fd00::1]:443",
      headers: { authorization: "Bearer secret" },
      ca: "certificate",
    });
    await rm(root, { recursive: true });
  });

  test("of a pod is refused outside of one", () => {
    expect(() => inCluster({ env: {} }, systemClock)).toThrow("KUBERNETES_SERVICE_HOST");
  });

  test("is asked for a new token when the server refuses the one it had", async () => {
    await using server = await FakeApiServer.start();
    const { server: url } = await server.connection.credentials();
    let rotations = 0;
    const connection = refreshed(
      () => Promise.resolve({ server: url, headers: { authorization: `Bearer ${(rotations += 1)}` }, tls: {} }),
      systemClock,
    );
    const client = createClient({ connection });
    server.fail("write", { type: "refuse", code: 401, reason: "Unauthorized" });
    await client.create(PODS, POD);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer 1", "Bearer 2"]);
    await client.close();
  });
});
