/**
 * How long a recognizer takes to become INT8 on 32 pictures, and how much memory at its peak, beside Python's
 * onnxruntime.quantization on the same pictures, in batches of 4, with the same threads. Each runs in a process of its
 * own, in turns, the first of which only warms up; the fastest turn counts, for whoever shares the machine only adds to it.
 *
 * Prints a table and writes `.bench/quantize.json`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels } from "../../hack/models/build-models.ts";
import { drawPortraits, lookAt } from "../../hack/parity/checks/quantize/faces.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { runPython } from "../../hack/parity/python.ts";
import { report, say } from "./report/report.ts";
import { ratioAtMost, row, type Row } from "./report/row.ts";

const TURNS = 4;
const SIDE = 150;
const PEOPLE = { firstSeed: 3000, people: 16, picturesEach: 2 };
const root = join(import.meta.dirname, "../..");

/** What one process tells. */
interface Figures {
  readonly seconds: number;
  /** Of all processors; others who share the machine add less to it. */
  readonly processorSeconds: number;
  /** Bytes. */
  readonly peak: number;
}

type Quantizer = (task: unknown) => Promise<Figures>;

const ours: Quantizer = async (task) => {
  const script = join(import.meta.dirname, "quantize", "ours.ts");
  const { stdout } = await execa(process.execPath, [script], { input: JSON.stringify(task) });
  return JSON.parse(stdout) as Figures;
};

async function python(): Promise<Quantizer> {
  const interpreter = await prepareEnvironment({ folder: join(cacheDirectory(), "oracles"), progress: say });
  const script = join(root, "hack/parity/checks/quantize/quantize_static.py");
  return async (task) => (await runPython(script, task, { interpreter, progress: () => undefined })) as Figures;
}

async function measure(task: object, theirs: Quantizer): Promise<readonly [Figures, Figures]> {
  const [mine, other]: [Figures[], Figures[]] = [[], []];
  for (let turn = 0; turn < 1 + TURNS; turn++) {
    mine.push(await ours(task));
    other.push(await theirs(task));
  }
  return [fastestOf(mine.slice(1)), fastestOf(other.slice(1))];
}

const fastestOf = (turns: readonly Figures[]): Figures =>
  turns.reduce((fastest, turn) => (turn.seconds < fastest.seconds ? turn : fastest));

function rowsOf(name: string, [mine, other]: readonly [Figures, Figures]): readonly Row[] {
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  return [
    row(`${name}, time`, "s", mine.seconds, { baseline: other.seconds, goal: ratioAtMost(0.7) }),
    row(`${name}, processor time`, "s", mine.processorSeconds, { baseline: other.processorSeconds }),
    row(`${name}, peak memory`, "MiB", mebibytes(mine.peak), { baseline: mebibytes(other.peak) }),
  ];
}

say("Preparing Python and the recognizer");
const theirs = await python();
const { path: model } = (await buildModels())["face-recognition"];
say("Drawing people");
const portraits = [...drawPortraits(PEOPLE)];
const pictures = lookAt(portraits, { part: "aligned face", side: SIDE, mean: 0, std: 1 });
const folder = await mkdtemp(join(tmpdir(), "facefleet-bench-quantize-"));
const rows: Row[] = [];
try {
  const file = join(folder, "pictures.f32");
  await writeFile(file, new Uint8Array(pictures.buffer));
  for (const target of ["TensorRT", "ONNXRuntime"] as const)
    for (const method of ["MinMax", "Entropy", "Percentile"] as const) {
      say(`${target}, ${method}`);
      const task = {
        ...{ model, output: join(folder, "quantized.onnx"), pictures: file, batch: 4, target, method, input: "image" },
        dims: [portraits.length, 3, SIDE, SIDE],
      };
      rows.push(...rowsOf(`${target}, ${method}`, await measure(task, theirs)));
      say(
        rows
          .slice(-3)
          .map(({ name, ratio }) => `${name}: ${ratio}`)
          .join("; "),
      );
    }
} finally {
  await rm(folder, { recursive: true, force: true });
}
await report("quantize", rows, "Python");
