/**
 * Quantizes a model once, in a process of its own: JSON in on standard input, JSON out on standard output, as
 * hack/parity/checks/quantize/quantize_static.py does for Python. What is measured is what it measures: from the path of
 * a model to the file of a quantized one, without the start of the process.
 */
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../../runtime/graph/codec/encode.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { writeModel } from "../../../runtime/graph/write.ts";
import { quantize, type Target } from "../../../runtime/quantize/quantize.ts";
import type { Batch } from "../../../runtime/quantize/session.ts";

interface Task {
  readonly model: string;
  readonly output: string;
  readonly pictures: string;
  readonly dims: readonly [pictures: number, ...picture: number[]];
  readonly batch: number;
  readonly target: Target;
  readonly method: "MinMax" | "Entropy" | "Percentile";
  readonly input: string;
}

const task = JSON.parse(await text(process.stdin)) as Task;
const start = performance.now();
const before = process.cpuUsage();
const bytes = await readFile(task.pictures);
const pictures = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const one = pictures.length / task.dims[0];

function* batches(): Generator<Batch> {
  for (let place = 0; place < task.dims[0]; place += task.batch) {
    const data = pictures.subarray(place * one, (place + task.batch) * one);
    yield { [task.input]: { type: "float32", dims: [data.length / one, ...task.dims.slice(1)], data } };
  }
}

const { model } = await quantize(readModel(decodeModel(await readFile(task.model))), {
  target: task.target,
  method: { kind: task.method },
  batches,
});
await writeFile(task.output, encodeModel(writeModel(model)));
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
// What getrusage tells begins with the peak of the process that started this one.
const status = await readFile("/proc/self/status", "utf8");
const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
process.stdout.write(JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6, peak }));
