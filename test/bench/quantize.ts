/**
 * How long a recognizer takes to become INT8 on 32 pictures, and how much memory at its peak, beside Python's
 * onnxruntime.quantization on the same pictures, in batches of 4, with the same threads. Each runs in a process of its
 * own, in turns; the least time of all turns counts, for whoever shares the machine only adds to it.
 *
 * Prints a table and writes `.bench/quantize.json`, rows of {name, value, unit, baseline, ratio, goal}.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels } from "../../hack/models/build-models.ts";
import { drawPortraits, lookAt } from "../../hack/parity/checks/quantize/faces.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { runPython } from "../../hack/parity/python.ts";

const TURNS = 4;
const SIDE = 150;
const PEOPLE = { firstSeed: 3000, people: 16, picturesEach: 2 };
const root = join(import.meta.dirname, "../..");

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
  readonly goal: number | null;
}

/** What one process tells. */
interface Figures {
  readonly seconds: number;
  /** Of all processors; others who share the machine add less to it. */
  readonly processorSeconds: number;
  /** Bytes. */
  readonly peak: number;
}

type Quantizer = (task: unknown) => Promise<Figures>;

const say = (line: string) => console.log(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${line}`);

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

/** The least of each figure over all turns. */
const least = (turns: readonly Figures[]): Figures => ({
  seconds: Math.min(...turns.map(({ seconds }) => seconds)),
  processorSeconds: Math.min(...turns.map(({ processorSeconds }) => processorSeconds)),
  peak: Math.min(...turns.map(({ peak }) => peak)),
});

async function measure(task: object, theirs: Quantizer): Promise<readonly [Figures, Figures]> {
  const [mine, other]: [Figures[], Figures[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    mine.push(await ours(task));
    other.push(await theirs(task));
  }
  return [least(mine), least(other)];
}

function rowsOf(name: string, [mine, other]: readonly [Figures, Figures]): readonly Row[] {
  const row = (what: string, unit: string, value: number, baseline: number, goal: number | null): Row => ({
    ...{ name: `${name}, ${what}`, value: round(value), unit, baseline: round(baseline) },
    ...{ ratio: round(value / baseline), goal },
  });
  const mebibytes = (bytes: number) => bytes / 2 ** 20;
  return [
    row("time", "s", mine.seconds, other.seconds, 0.7),
    row("processor time", "s", mine.processorSeconds, other.processorSeconds, null),
    row("peak memory", "MiB", mebibytes(mine.peak), mebibytes(other.peak), null),
  ];
}

const round = (value: number): number => Number(value.toPrecision(3));

function printed(rows: readonly Row[]): string {
  const cell = (value: number | string | null) => String(value ?? "-").padStart(9);
  const head = ["ours", "unit", "Python", "ratio", "goal"].map(cell).join("");
  const lines = rows.map(({ name, value, unit, baseline, ratio, goal }) =>
    [name.padEnd(40), ...[value, unit, baseline, ratio, goal].map(cell)].join(""),
  );
  return [`${"".padEnd(40)}${head}`, ...lines].join("\n");
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
console.log(printed(rows));
await mkdir(join(root, ".bench"), { recursive: true });
await writeFile(join(root, ".bench", "quantize.json"), `${JSON.stringify(rows, null, 2)}\n`);
