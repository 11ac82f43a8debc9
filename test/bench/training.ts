/**
 * What it costs to adapt and to train ResNet-18 on pictures of 112x112 in batches of 32 and one thread: a forward pass, one with
 * the scale and shift of normalizations as inputs, a step of TENT and a step of training with SGD, beside PyTorch in eager mode. Each runs in a
 * process of its own, in turns; the least processor time of all turns counts, for whoever shares the machine adds to it.
 *
 * Prints a table and writes `.bench/training.json`, rows of {name, value, unit, baseline, ratio, goal}.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import type { ExportedModel } from "../../hack/parity/context.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { exportNetworks } from "../../hack/parity/models.ts";
import { runPython } from "../../hack/parity/python.ts";
import { Subject } from "./training/subject.ts";
import type { Task, Work } from "./training/task.ts";

const TURNS = 5;
const SIZES = { batch: 32, side: 112, classes: 1000, threads: 1 } as const;
const root = join(import.meta.dirname, "../..");

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number | null;
  readonly ratio: number | null;
  readonly goal: number | null;
}

const say = (line: string) => console.log(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${line}`);

/** The processes by what they do: ours, and PyTorch's where it does the same. */
type Subjects = ReadonlyMap<`${"ours" | "theirs"} ${Work}`, Subject>;

function open(interpreter: string, files: Pick<Task, "normalized" | "folded">): Subjects {
  const task = (work: Work): Task => ({ work, ...files, ...SIZES });
  const ours = [process.execPath, join(import.meta.dirname, "training", "ours.ts")] as const;
  const theirs = [interpreter, join(import.meta.dirname, "training", "theirs.py")] as const;
  const subject = (who: "ours" | "theirs", work: Work) =>
    [`${who} ${work}`, new Subject(`${who} ${work}`, who === "ours" ? ours : theirs, task(work))] as const;
  return new Map([
    ...(["forward", "rewritten", "moments", "adapt", "train"] as const).map((work) => subject("ours", work)),
    ...(["forward", "adapt", "train"] as const).map((work) => subject("theirs", work)),
  ]);
}

async function measure(subjects: Subjects): Promise<void> {
  for (let turn = 0; turn <= TURNS; turn++) {
    say(turn === 0 ? "Warming up" : `Turn ${turn} of ${TURNS}`);
    for (const subject of subjects.values()) await subject.turn(turn > 0);
  }
  for (const subject of subjects.values()) await subject.end();
}

function rowsOf(subjects: Subjects): readonly Row[] {
  const time = (name: string, of: Work, baseline: Parameters<Subjects["get"]>[0], goal: number | null): Row =>
    row(name, "ms", subjects.get(`ours ${of}`)!.milliseconds, subjects.get(baseline)!.milliseconds, goal);
  const memory = (name: string, of: Work): Row =>
    row(
      `${name}, peak memory`,
      "MiB",
      subjects.get(`ours ${of}`)!.peak,
      subjects.get(`theirs ${of}`)?.peak ?? null,
      null,
    );
  return [
    time("forward, against PyTorch", "forward", "theirs forward", null),
    time("forward with affines as inputs, against without", "rewritten", "ours forward", 1.15),
    time("the same and their moments, against without", "moments", "ours forward", null),
    time("step of TENT, against a forward pass", "adapt", "ours forward", 3.5),
    time("step of TENT, against PyTorch", "adapt", "theirs adapt", 1),
    time("step of training, against PyTorch", "train", "theirs train", 1.2),
    memory("forward", "forward"),
    memory("forward with affines as inputs", "rewritten"),
    memory("the same and their moments", "moments"),
    memory("step of TENT", "adapt"),
    memory("step of training", "train"),
  ];
}

const row = (name: string, unit: string, value: number, baseline: number | null, goal: number | null): Row => ({
  ...{ name, value: round(value), unit, baseline: baseline === null ? null : round(baseline) },
  ...{ ratio: baseline === null ? null : round(value / baseline), goal },
});

const round = (value: number): number => Number(value.toPrecision(3));

function printed(rows: readonly Row[]): string {
  const cell = (value: number | string | null) => String(value ?? "-").padStart(9);
  const head = ["ours", "unit", "baseline", "ratio", "goal"].map(cell).join("");
  const lines = rows.map(({ name, value, unit, baseline, ratio, goal }) =>
    [name.padEnd(50), ...[value, unit, baseline, ratio, goal].map(cell)].join(""),
  );
  return [`${"".padEnd(50)}${head}`, ...lines].join("\n");
}

say("Preparing Python and the network");
const folder = join(cacheDirectory(), "oracles");
const interpreter = await prepareEnvironment({ folder, progress: say });
const { models } = await exportNetworks({
  folder: join(folder, "models"),
  python: (script, input) => runPython(script, input, { interpreter, progress: () => undefined }),
  progress: say,
});
const pathOf = (form: ExportedModel["form"]): string =>
  models.find((model) => model.backbone === "resnet18" && model.opset === 17 && model.form === form)!.path;
const subjects = open(interpreter, { normalized: pathOf("normalized"), folded: pathOf("folded") });
await measure(subjects);
const rows = rowsOf(subjects);
console.log(printed(rows));
await mkdir(join(root, ".bench"), { recursive: true });
await writeFile(join(root, ".bench", "training.json"), `${JSON.stringify(rows, null, 2)}\n`);
