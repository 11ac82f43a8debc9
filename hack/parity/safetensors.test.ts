import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readSafetensors } from "./safetensors.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "facefleet-safetensors-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** As models/tensor_file.py writes it. */
async function write(header: object, data: Float32Array): Promise<string> {
  const text = JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
  const length = new BigUint64Array([BigInt(padded.length)]);
  const path = join(folder, "tensors.safetensors");
  await writeFile(path, Buffer.concat([Buffer.from(length.buffer), Buffer.from(padded), Buffer.from(data.buffer)]));
  return path;
}

test("tensors are found by name, in their shapes", async () => {
  const path = await write(
    {
      weight: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
      scale: { dtype: "F32", shape: [], data_offsets: [16, 20] },
    },
    new Float32Array([1, 2, 3, 4, 5]),
  );
  const tensors = await readSafetensors(path);
  expect(tensors.get("weight")).toEqual({ dims: [2, 2], data: new Float32Array([1, 2, 3, 4]) });
  expect(tensors.get("scale")).toEqual({ dims: [], data: new Float32Array([5]) });
});

test("other element types are refused", async () => {
  const path = await write({ weight: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, new Float32Array(1));
  await expect(readSafetensors(path)).rejects.toThrow("F32");
});
