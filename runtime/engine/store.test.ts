import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, hexOf } from "./digest.ts";
import { spareBytes } from "./disk.ts";
import { openStore, type Store, type StoreOptions } from "./store.ts";

const content = Buffer.from("an ONNX file".repeat(10_000));
const digest = digestOf(content);
const other = `sha256:${"0".repeat(64)}`;

let root: string;
let answer: RequestListener;
let address: string;
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "store-"))));
afterEach(() => rm(root, { recursive: true }));

const open = (options: StoreOptions = {}) =>
  openStore(root, { firstDelay: 1, silence: 300, random: () => 0, ...options });
const whole: RequestListener = (_, response) => response.setHeader("content-length", content.length).end(content);

/** Answers of the server, one after another, the last one from then on. */
function answers(...listeners: RequestListener[]): () => number {
  let count = 0;
  answer = (request, response) => listeners[Math.min(count++, listeners.length - 1)]!(request, response);
  return () => count;
}

const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code).end("no");

const cut: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 100), () => response.destroy());
};

const silent: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 100));
};

/** Files of the store that are whole, and what is left of unfinished work. */
async function leftovers(): Promise<{ artifacts: string[]; work: string[] }> {
  const list = (folder: string) => readdir(join(root, folder)).catch(() => []);
  return { artifacts: await list("artifacts/sha256"), work: await list("work") };
}

describe("a pull over http", () => {
  const pull = async (store: Store, wanted = digest) => store.pull({ uri: `${address}/model.onnx`, digest: wanted });

  test("gives the file under its digest, and asks nobody the next time", async () => {
    const count = answers(whole);
    const store = await open();
    const path = await pull(store);
    expect(path).toBe(join(root, "artifacts/sha256", hexOf(digest)));
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(await pull(store)).toBe(path);
    expect(count()).toBe(1);
  });

  test.each([
    ["a server that fails at first", [status(500), status(503), whole]],
    ["a server that is busy", [status(429), whole]],
    ["a connection that breaks half way", [cut, cut, whole]],
    ["a server that falls silent", [silent, whole]],
  ])("gets past %s", async (_, listeners) => {
    const count = answers(...listeners);
    expect(await pull(await open())).toContain(hexOf(digest));
    expect(count()).toBe(listeners.length);
  });

  test("follows a redirect, as artifact stores give", async () => {
    answers((request, response) =>
      request.url === "/model.onnx"
        ? response.writeHead(302, { location: `${address}/blob` }).end()
        : whole(request, response),
    );
    expect(await pull(await open())).toContain(hexOf(digest));
  });

  test("tells its progress", async () => {
    answers(whole);
    const seen: number[] = [];
    const store = await open();
    const onProgress = ({ bytes, total }: { bytes: number; total?: number }) => seen.push(bytes / total!);
    await store.pull({ uri: `${address}/a`, digest }, { onProgress });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("pulls again what was changed on the disk since", async () => {
    const count = answers(whole);
    const store = await open();
    const path = await pull(store);
    await rm(path);
    await writeFile(path, "something else");
    expect((await readFile(await pull(store))).equals(content)).toBe(true);
    expect(count()).toBe(2);
  });

  test.each([
    ["never stops failing", [status(500)], "PullFailed", true, "in 5 attempts: the server answered HTTP 500", 5],
    ["always breaks off", [cut], "PullFailed", true, "in 5 attempts", 5],
    ["has no such file", [status(404)], "ArtifactMissing", false, "answered HTTP 404; correct source.uri", 1],
    ["refuses", [status(403)], "ArtifactMissing", false, "answered HTTP 403", 1],
  ])("gives up on a server that %s", async (_, listeners, reason, retryable, message, attempts) => {
    const count = answers(...listeners);
    const failed = pull(await open());
    await expect(failed).rejects.toMatchObject({ reason, retryable });
    await expect(failed).rejects.toThrow(message);
    expect(count()).toBe(attempts);
    expect(await leftovers()).toEqual({ artifacts: [], work: [] });
  });

  test("refuses what does not hash to the digest, at once, and keeps none of it", async () => {
    const count = answers(whole);
    await expect(pull(await open(), other)).rejects.toMatchObject({ reason: "DigestMismatch", retryable: false });
    expect(count()).toBe(1);
    expect(await leftovers()).toEqual({ artifacts: [], work: [] });
  });

  test.each([
    ["by what the server says", whole],
    ["by what comes, when the server says nothing", (_, response) => response.end(content)],
  ])("refuses more than the limit, %s", async (_, listener) => {
    answers(listener);
    const store = await open();
    const failed = store.pull({ uri: `${address}/a`, digest }, { maxBytes: 1000 });
    await expect(failed).rejects.toMatchObject({ reason: "ArtifactTooLarge" });
    expect(await leftovers()).toEqual({ artifacts: [], work: [] });
  });

  test("refuses what the disk cannot hold, with the numbers", async () => {
    answers(whole);
    const store = await open({ free: () => Promise.resolve(spareBytes + content.length - 1) });
    const failed = pull(store);
    await expect(failed).rejects.toMatchObject({ reason: "DiskFull", retryable: true });
    await expect(failed).rejects.toThrow("has 256.1 MiB free: 0.1 MiB are needed and 256.0 MiB must remain");
    expect(await leftovers()).toEqual({ artifacts: [], work: [] });
  });

  test("does not tell tokens of the address", async () => {
    answers(status(404));
    const store = await open();
    const failed = store.pull({ uri: `${address}/a?token=secret`, digest });
    await expect(failed).rejects.toThrow("/a is not there");
    await expect(failed).rejects.not.toThrow("secret");
  });

  test("ends when it is aborted, and leaves nothing", async () => {
    answers(silent);
    const stop = new AbortController();
    const store = await open({ silence: 60_000 });
    const failed = store.pull({ uri: `${address}/a`, digest }, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(failed).rejects.toMatchObject({ name: "AbortError" });
    expect(await leftovers()).toEqual({ artifacts: [], work: [] });
  });
});

describe("a pull from the node", () => {
  test("takes a file of the import folder before one of the node itself", async () => {
    const store = await open();
    const outside = join(root, "model.onnx");
    await writeFile(outside, content);
    expect(await store.pull({ uri: `file://${outside}`, digest })).toContain(hexOf(digest));
    const imported = Buffer.from("imported");
    await mkdir(join(root, "import"));
    await writeFile(join(root, "import", "model.onnx"), imported);
    expect(await store.pull({ uri: "file:///model.onnx", digest: digestOf(imported) })).toBeTruthy();
  });

  test.each([
    ["a file that is nowhere", "file:///nowhere/model.onnx", "ArtifactMissing", "neither"],
    ["a device", "file:///dev/zero", "ArtifactMissing", "is not a plain file"],
    ["a folder", "file:///tmp", "ArtifactMissing", "is not a plain file"],
    ["an OCI artifact", "oci://registry.example/model:1", "SourceUnsupported", "https://, http:// and file:///"],
    ["a volume", "pvc://claim/model.onnx", "SourceUnsupported", "https://, http:// and file:///"],
  ])("refuses %s", async (_, uri, reason, message) => {
    const failed = (await open()).pull({ uri, digest });
    await expect(failed).rejects.toMatchObject({ reason, retryable: false });
    await expect(failed).rejects.toThrow(message);
  });
});

describe("a collection", () => {
  const hour = 3_600_000;
  const now = () => 1_000 * hour;

  async function fill(store: Store): Promise<void> {
    const put = async (path: string, used: number) => {
      await mkdir(join(root, path), { recursive: true });
      const time = new Date(used);
      await utimes(join(root, path), time, time);
    };
    await put("engines/kept", 0);
    await put("engines/old", 0);
    await put("engines/new", now() - hour / 2);
    await put(`datasets/${hexOf(digest)}`, 0);
    await put(`datasets/${hexOf(other)}`, 0);
    await put("artifacts/sha256/old", 0);
    await put("galleries/staff", 0);
    expect(store.root).toBe(root);
  }

  test("removes engines, datasets and artifacts that nobody keeps or used of late, and nothing else", async () => {
    const store = await open({ now });
    await fill(store);
    const keep = { engines: new Set(["kept"]), digests: new Set([hexOf(digest)]), grace: hour };
    expect(await store.collect(keep)).toEqual({ engines: ["old"], artifacts: ["old"], datasets: [hexOf(other)] });
    expect((await readdir(join(root, "engines"))).sort()).toEqual(["kept", "new"]);
    expect(await readdir(join(root, "galleries"))).toEqual(["staff"]);
    expect(await readdir(join(root, "work"))).toEqual([]);
  });

  test("spares what was marked as used", async () => {
    const store = await open({ now });
    await fill(store);
    await store.markUsed(join(root, "engines/old"));
    const { engines } = await store.collect({ engines: new Set(), digests: new Set(), grace: hour });
    expect(engines).toEqual(["kept"]);
  });

  test("of an empty store finds nothing", async () => {
    const keep = { engines: new Set<string>(), digests: new Set<string>(), grace: 0 };
    expect(await (await open()).collect(keep)).toEqual({ engines: [], artifacts: [], datasets: [] });
  });
});

test("a store that is erased keeps what was brought by hand, and nothing else", async () => {
  const store = await open();
  const all = ["engines/k", "galleries/staff", "artifacts/sha256", "datasets/d", "state", "events", "import"];
  for (const folder of all) {
    await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, folder, "file"), "content");
  }
  await store.erase();
  expect((await readdir(root)).sort()).toEqual(["import", "work"]);
  expect([await readdir(join(root, "import")), await readdir(join(root, "work"))]).toEqual([["file"], []]);
  await store.erase();
});

test.each(["", "../up", "a/b", "UP", "a".repeat(129), "-a"])("%j is no engine key", async (key) => {
  const store = await open();
  expect(() => store.engineDirectory(key)).toThrow("is not an engine key");
});
