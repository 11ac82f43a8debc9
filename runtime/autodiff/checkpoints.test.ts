import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const worker = join(import.meta.dirname, "oracle", "peak.worker.ts");

/** What a process of its own measures; its allocator gives large tensors back to the system at once. */
async function measure(segments: number): Promise<{ readonly grown: number; readonly slope: number }> {
  const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: "131072", NODE_OPTIONS: "" };
  const { stdout } = await promisify(execFile)(process.execPath, [worker, String(segments)], { env });
  return JSON.parse(stdout) as { grown: number; slope: number };
}

test("a backward pass in segments takes less than three fifths of the memory of one that keeps everything", async () => {
  const [whole, segmented] = [await measure(1), await measure(6)];
  expect(segmented.slope).toBe(whole.slope);
  expect(segmented.grown).toBeLessThan(0.6 * whole.grown);
});
