/**
 * Reading and writing models beside Python's onnx (protobuf in C): megabytes a second from the bytes of a file to a
 * model and back, each in a process of its own, in turns within one run, by the processor time that all its threads take
 * (collecting garbage too), so that a busy machine does not count; and the peak of memory over an idle process after one
 * time of each, the file's bytes included. The models are IResNet-50, EfficientNet-B0 as if its weights lay in another
 * file, and a graph of 20,000 small nodes that are much alike.
 *
 * Prints a table and writes `.bench/graph.json`. Rates are the best of all times: what the work itself takes.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import type { BackboneName } from "../../hack/parity/context.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { exportNetworks } from "../../hack/parity/models.ts";
import { runPython } from "../../hack/parity/python.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import type { MessageInit } from "../../runtime/graph/codec/types.ts";
import { apply, input, type Value } from "../../runtime/graph/expression.ts";
import { modelOf } from "../../runtime/graph/graph.ts";
import { writeModel } from "../../runtime/graph/write.ts";
import { peakMemory } from "./report/peak.ts";
import { report, say } from "./report/report.ts";
import { ratioAtLeast, row, type Row } from "./report/row.ts";

interface Task {
  readonly file: string;
  readonly repeat: number;
}

/** Seconds of each time, and bytes of the peak after the first. */
interface Figures {
  readonly parse: readonly number[];
  readonly serialize: readonly number[];
  readonly peak: number;
}

interface Subject {
  readonly name: string;
  readonly file: string;
  readonly repeat: number;
}

const turns = 3;
const self = fileURLToPath(import.meta.url);
const codec = fileURLToPath(new URL("graph/codec.py", import.meta.url));

/** What the other process does. */
async function measureHere({ file, repeat }: Task): Promise<Figures> {
  const before = peakMemory();
  const bytes = await readFile(file);
  const figures = { parse: [] as number[], serialize: [] as number[], peak: 0 };
  for (let time = 0; time < repeat; time++) {
    const start = processorSeconds();
    const model = decodeModel(bytes);
    const parsed = processorSeconds();
    encodeModel(model);
    figures.serialize.push(processorSeconds() - parsed);
    figures.parse.push(parsed - start);
    if (time === 0) figures.peak = peakMemory() - before;
  }
  return figures;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const measureOurs = async (task: Task): Promise<Figures> =>
  JSON.parse((await execa("node", [self, "--measure", JSON.stringify(task)])).stdout) as Figures;

/** What a real network is but for its weights: each is as if it lay in another file. */
async function withoutWeights(path: string, folder: string): Promise<string> {
  const model = decodeModel(await readFile(path));
  const initializer = model.graph!.initializer.map(({ name = "", dims, dataType = 0 }): MessageInit<"TensorProto"> => ({
    ...{ name, dims, dataType, dataLocation: 1 },
    externalData: [{ key: "location", value: "weights" }],
  }));
  const written = join(folder, "without-weights.onnx");
  await writeFile(written, encodeModel({ ...model, graph: { ...model.graph, initializer } }));
  return written;
}

/** A chain of small operators with attributes, names and declared shapes. */
async function manyNodes(count: number, folder: string): Promise<string> {
  const x = input("x", "float32", ["N", 64, 56, 56]);
  const values: Value[] = [x];
  for (let node = 0; node < count; node++) {
    const last = values.at(-1)!;
    const other = values[Math.max(0, values.length - 8)]!;
    values.push(
      node % 2 === 0
        ? apply("AveragePool", [last], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] })
        : apply("Add", [last, other]),
    );
  }
  const declared = new Map(
    values.slice(1).map((value) => [value, { type: "float32", dims: ["N", 64, 56, 56] }] as const),
  );
  const outputs = [{ name: "y", value: values.at(-1)!, type: "float32" }] as const;
  const model = modelOf(
    { name: "many", inputs: [x], outputs, declared },
    { opset: 17, irVersion: 8, producer: "facefleet" },
  );
  const path = join(folder, "many-nodes.onnx");
  await writeFile(path, encodeModel(writeModel(model)));
  return path;
}

async function measure(
  { name, file, repeat }: Subject,
  theirs: (task: Task) => Promise<Figures>,
): Promise<readonly Row[]> {
  const [ours, oracle]: [Figures[], Figures[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    ours.push(await measureOurs({ file, repeat }));
    oracle.push(await theirs({ file, repeat }));
  }
  const { size } = await stat(file);
  const rate = (figures: readonly Figures[], what: "parse" | "serialize"): number =>
    size / 1e6 / Math.min(...figures.flatMap((figure) => figure[what]));
  const peak = (figures: readonly Figures[]): number => Math.min(...figures.map((figure) => figure.peak)) / 1e6;
  return [
    ...(["parse", "serialize"] as const).map((what) =>
      row(`${what}, ${name}`, "MB/s", rate(ours, what), { baseline: rate(oracle, what), goal: ratioAtLeast(1) }),
    ),
    row(`peak memory, ${name}`, "MB", peak(ours), { baseline: peak(oracle) }),
  ];
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "facefleet-bench-"));
  try {
    say("Preparing Python and the networks");
    const oracles = join(cacheDirectory(), "oracles");
    const interpreter = await prepareEnvironment({ folder: oracles, progress: say });
    const python = (script: string, input: unknown) =>
      runPython(script, input, { interpreter, progress: () => undefined });
    const { models } = await exportNetworks({ folder: join(oracles, "models"), python, progress: say });
    const pathOf = (backbone: BackboneName): string =>
      models.find((each) => each.backbone === backbone && each.form === "normalized" && each.opset === 17)!.path;
    const theirs = async (task: Task): Promise<Figures> => (await python(codec, task)) as Figures;
    const largest = pathOf("iresnet50");
    const megabytes = Math.round((await stat(largest)).size / 1e6);
    const slim = await withoutWeights(pathOf("efficientnet-b0"), folder);
    const subjects: readonly Subject[] = [
      { name: `${megabytes} MB of weights`, file: largest, repeat: 10 },
      { name: "EfficientNet-B0 without its weights", file: slim, repeat: 200 },
      { name: "20,000 nodes", file: await manyNodes(20_000, folder), repeat: 30 },
    ];
    const rows: Row[] = [];
    for (const subject of subjects) {
      say(`Timing ${subject.name}`);
      rows.push(...(await measure(subject, theirs)));
    }
    await report("graph", rows, "onnx");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [flag, task] = process.argv.slice(2);
if (flag === "--measure" && task !== undefined)
  process.stdout.write(JSON.stringify(await measureHere(JSON.parse(task) as Task)));
else await main();
