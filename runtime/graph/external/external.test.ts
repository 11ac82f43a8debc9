import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { arbitraryModel } from "../arbitrary-model.fake.ts";
import { decodeModel } from "../codec/decode.ts";
import { encodeModel } from "../codec/encode.ts";
import type { MessageInit } from "../codec/types.ts";
import { tensor } from "../tensor.ts";
import { ExternalDataError } from "./external-error.ts";
import { loadExternal, loadModel } from "./load.ts";
import { saveModel } from "./save.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "external-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function freshFolder(): Promise<string> {
  return mkdtemp(join(folder, "case-"));
}

const values = Float32Array.from({ length: 3000 }, (_, index) => index / 7);
const model = (constants: MessageInit<"TensorProto">[]): MessageInit<"ModelProto"> => ({
  irVersion: 8,
  opsetImport: [{ version: 17 }],
  graph: {
    name: "g",
    node: [{ opType: "Add", input: ["x", "w"], output: ["y"] }],
    initializer: constants,
    input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }] } } } }],
    output: [{ name: "y", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 3000 }] } } } }],
  },
});
const weights = tensor("w", "float32", [3000], values);

describe("a model whose constants lie in another file", () => {
  test("is what it was when all lay within, in bodies, functions and attributes too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (generate) => {
        const whole = decodeModel(encodeModel(arbitraryModel((below) => generate(fc.nat, { max: below - 1 }))));
        const directory = await freshFolder();
        const { data } = await saveModel(join(directory, "m.onnx"), whole, { outsideFrom: 1 });
        expect(data).toBeDefined();
        expect(encodeModel(await loadModel(join(directory, "m.onnx")))).toEqual(encodeModel(whole));
      }),
      { numRuns: 20 },
    );
  });

  test("runs in ONNX Runtime", async () => {
    const path = join(await freshFolder(), "m.onnx");
    const { data } = await saveModel(path, model([weights]), { outsideFrom: 1024 });
    expect((await stat(path)).size).toBeLessThan(1024);
    expect((await stat(data!)).size).toBe(values.byteLength);
    const session = await InferenceSession.create(path, { logSeverityLevel: 3, graphOptimizationLevel: "disabled" });
    const { y } = await session.run({ x: new Tensor("float32", [1], [1]) });
    expect(y!.data).toEqual(values.map((value) => value + 1));
  });

  test("keeps small constants within, and strings", async () => {
    const path = join(await freshFolder(), "m.onnx");
    const strings = { name: "s", dataType: 8, dims: [1], stringData: [new Uint8Array(9000)] };
    await saveModel(path, model([weights, tensor("b", "float32", [1], Float32Array.of(2)), strings]), {
      outsideFrom: 1024,
    });
    const { initializer } = decodeModel(await readFile(path)).graph!;
    expect(initializer.map(({ name, dataLocation }) => [name, dataLocation])).toEqual([
      ["w", 1],
      ["b", undefined],
      ["s", undefined],
    ]);
  });

  test("begins each constant at a page, and takes elements from any field", async () => {
    const path = join(await freshFolder(), "m.onnx");
    const bytes = { name: "i", dataType: 3, dims: [2], int32Data: Int32Array.of(-1, 127) };
    await saveModel(path, model([weights, bytes]), { outsideFrom: 1 });
    const { initializer } = decodeModel(await readFile(path)).graph!;
    expect(initializer.map(({ externalData }) => externalData.find(({ key }) => key === "offset")!.value)).toEqual([
      "0",
      "12288",
    ]);
    const [, loaded] = (await loadModel(path)).graph!.initializer;
    expect(loaded!.rawData).toEqual(Uint8Array.of(255, 127));
  });

  test("is read once where many constants share one range", async () => {
    const path = join(await freshFolder(), "m.onnx");
    const { data } = await saveModel(path, model([weights]), { outsideFrom: 1 });
    const once = decodeModel(await readFile(path));
    const [first] = once.graph!.initializer;
    const many = Array.from({ length: 100 }, (_, index) => ({ ...first!, name: `w${index}` }));
    await writeFile(path, encodeModel({ ...once, graph: { ...once.graph, initializer: many } }));
    const { initializer } = (await loadModel(path, { limit: (await stat(data!)).size })).graph!;
    expect(new Set(initializer.map(({ rawData }) => rawData!.buffer)).size).toBe(1);
  });
});

describe("saving", () => {
  test("leaves nothing behind when it is stopped, and what was there as it was", async () => {
    const directory = await freshFolder();
    const path = join(directory, "m.onnx");
    await writeFile(path, "before");
    const signal = AbortSignal.abort();
    await expect(saveModel(path, model([weights]), { outsideFrom: 1, signal })).rejects.toThrow(/abort/i);
    expect(await readdir(directory)).toEqual(["m.onnx"]);
    expect(await readFile(path, "utf8")).toBe("before");
  });

  test("refuses constants in another file that are not loaded, which nobody would find from there", async () => {
    const [from, to] = [await freshFolder(), await freshFolder()];
    await saveModel(join(from, "m.onnx"), model([weights]), { outsideFrom: 1 });
    const unloaded = decodeModel(await readFile(join(from, "m.onnx")));
    const saving = saveModel(join(to, "m.onnx"), unloaded);
    await expect(saving).rejects.toThrow(ExternalDataError);
    await expect(saving).rejects.toThrow(/^tensor "w", external data "m.onnx.*": it is not loaded.* loadExternal/);
    expect(await readdir(to)).toEqual([]);
    await saveModel(join(to, "m.onnx"), await loadExternal(unloaded, from));
    expect(encodeModel(await loadModel(join(to, "m.onnx")))).toEqual(encodeModel(model([weights])));
  });

  test("leaves nothing behind when a constant cannot be written", async () => {
    const directory = await freshFolder();
    const broken = { name: "w", dataType: 1, dims: [4], rawData: new Uint8Array(3) };
    await expect(saveModel(join(directory, "m.onnx"), model([weights, broken]), { outsideFrom: 1 })).rejects.toThrow(
      /needs 4 values/,
    );
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("external data is refused, by constant and file,", () => {
  const entry = (key: string, value: string): MessageInit<"StringStringEntryProto"> => ({ key, value });
  const outside = (location: string, ...entries: MessageInit<"StringStringEntryProto">[]) =>
    model([
      { name: "w", dataType: 1, dims: [2], dataLocation: 1, externalData: [entry("location", location), ...entries] },
    ]);

  const elsewhere = (tensor: MessageInit<"TensorProto">) =>
    model([{ name: "w", dataLocation: 1, externalData: [entry("location", "data")], ...tensor }]);

  test.each<[string, MessageInit<"ModelProto">, RegExp]>([
    ["for strings", elsewhere({ dataType: 8, dims: [1] }), /data_type 8 is no number type/],
    ["for more than there can be", elsewhere({ dataType: 1, dims: [2 ** 40, 2 ** 40] }), /has no number of bytes/],
    ["at an absolute path", outside("/etc/passwd"), /the location is absolute/],
    ["outside the folder", outside("../secret"), /the location leaves the folder/],
    ["outside the folder, on a detour", outside("sub/../../secret"), /the location leaves the folder/],
    ["at a path of another system", outside("C:secret"), /no relative path/],
    ["behind a backslash", outside("..\\secret"), /no relative path/],
    ["without a place", outside(""), /no relative path/],
    ["behind a link that leads out", outside("link"), /a link leads out of the folder/],
    ["behind a folder that leads out", outside("linked/secret"), /a link leads out of the folder/],
    ["that is a folder", outside("sub"), /it is no plain file/],
    ["that is a pipe without an end", outside("pipe"), /it is no plain file/],
    ["that is not there", outside("missing"), /cannot be opened: ENOENT/],
    ["that ends too early", outside("data", entry("offset", "4")), /it ends at byte 8, and the elements at 12/],
    ["of another length", outside("data", entry("length", "4")), /it is 4 bytes long, and type and shape ask for 8/],
    ["at no number", outside("data", entry("offset", "-1")), /offset "-1" is no number of bytes/],
    ["at a number beyond all", outside("data", entry("offset", "9".repeat(30))), /is no number of bytes/],
    ["that was changed", outside("data", entry("checksum", "00")), /its SHA-1 is [0-9a-f]{40}, and the model says 00/],
  ])("%s", async (_, proto, message) => {
    const directory = await freshFolder();
    const inner = join(directory, "model");
    await mkdir(join(inner, "sub"), { recursive: true });
    await writeFile(join(directory, "secret"), new Uint8Array(8));
    await writeFile(join(inner, "data"), new Uint8Array(8));
    await symlink("../secret", join(inner, "link"));
    await symlink("..", join(inner, "linked"));
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(inner, "pipe")]);
    await writeFile(join(inner, "m.onnx"), encodeModel(proto));
    const loading = loadModel(join(inner, "m.onnx"));
    await expect(loading).rejects.toThrow(ExternalDataError);
    await expect(loading).rejects.toThrow(message);
  });

  test("that takes more than is allowed", async () => {
    const path = join(await freshFolder(), "m.onnx");
    await saveModel(path, model([weights]), { outsideFrom: 1 });
    await expect(loadModel(path, { limit: 11_999 })).rejects.toThrow(/"w".*take more than 11999 bytes/);
    await expect(loadModel(path, { limit: 12_000 })).resolves.toBeDefined();
  });
});
