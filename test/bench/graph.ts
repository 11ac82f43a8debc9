/**
 * Reading and writing models beside Python's onnx (protobuf in C): megabytes a second from the bytes of a file to a
 * model and back, each in a process of its own, in turns within one run, by the processor time that all its threads take
 * (collecting garbage too), so that a busy machine does not count; and the peak of memory over an idle process after one
 * time of each, the file's bytes included. The models are the largest that
 * is at hand (a network that `make parity` exported, else a face network) and a graph of 20,000 small nodes.
 *
 * Prints a table and writes `.bench/graph.json`, rows of {name, value, unit, baseline, ratio, goal}. Rates are the best of
 * all times: what the work itself takes.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels } from "../../hack/models/build-models.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { runPython } from "../../hack/parity/python.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { apply, input, type Value } from "../../runtime/graph/expression.ts";
import { modelOf } from "../../runtime/graph/graph.ts";
import { writeModel } from "../../runtime/graph/write.ts";

interface Row {
  name: string;
  value: number;
  unit: string;
  baseline: number | null;
  ratio: number | null;
  goal: number | null;
}

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
const python = fileURLToPath(new URL("graph/codec.py", import.meta.url));

/** What the other process does. */
async function measureHere({ file, repeat }: Task): Promise<Figures> {
  const before = process.resourceUsage().maxRSS;
  const bytes = await readFile(file);
  const figures = { parse: [] as number[], serialize: [] as number[], peak: 0 };
  for (let time = 0; time < repeat; time++) {
    const start = processorSeconds();
    const model = decodeModel(bytes);
    const parsed = processorSeconds();
    encodeModel(model);
    figures.serialize.push(processorSeconds() - parsed);
    figures.parse.push(parsed - start);
    if (time === 0) figures.peak = (process.resourceUsage().maxRSS - before) * 1024;
  }
  return figures;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const measureOurs = async (task: Task): Promise<Figures> =>
  JSON.parse((await execa("node", [self, "--measure", JSON.stringify(task)])).stdout) as Figures;

/** The larger of the networks that are there; parity exports the largest. */
async function largestModel(): Promise<string> {
  const folder = join(cacheDirectory(), "oracles", "models");
  const exported = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".onnx"));
  const built = Object.values(await buildModels()).map(({ path }) => path);
  const paths = [...built, ...exported.map((file) => join(folder, file))];
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
  return sizes.reduce((largest, next) => (next.size > largest.size ? next : largest)).path;
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
  const row = (what: string, unit: string, value: number, baseline: number, goal: number | null): Row => ({
    name: `${what}, ${name}`,
    value: round(value),
    unit,
    baseline: round(baseline),
    ratio: round(value / baseline),
    goal,
  });
  return [
    row("parse", "MB/s", rate(ours, "parse"), rate(oracle, "parse"), 1),
    row("serialize", "MB/s", rate(ours, "serialize"), rate(oracle, "serialize"), 1),
    row("peak memory", "MB", peak(ours), peak(oracle), null),
  ];
}

const round = (value: number): number => Number(value.toPrecision(3));

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "facefleet-bench-"));
  try {
    const interpreter = await prepareEnvironment({
      folder: join(cacheDirectory(), "oracles"),
      progress: (what) => process.stderr.write(`${what}\n`),
    });
    const theirs = async (task: Task): Promise<Figures> =>
      (await runPython(python, task, { interpreter, progress: () => undefined })) as Figures;
    const largest = await largestModel();
    const megabytes = Math.round((await stat(largest)).size / 1e6);
    const subjects: readonly Subject[] = [
      { name: `${megabytes} MB of weights`, file: largest, repeat: 10 },
      { name: "20,000 nodes", file: await manyNodes(20_000, folder), repeat: 30 },
    ];
    const rows: Row[] = [];
    for (const subject of subjects) rows.push(...(await measure(subject, theirs)));
    console.table(rows);
    await mkdir(".bench", { recursive: true });
    await writeFile(".bench/graph.json", `${JSON.stringify(rows, undefined, 2)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [flag, task] = process.argv.slice(2);
if (flag === "--measure" && task !== undefined)
  process.stdout.write(JSON.stringify(await measureHere(JSON.parse(task) as Task)));
else await main();
