/**
 * What it costs to adapt and to train ResNet-18 on pictures of 112x112 in batches of 32 and one thread: a forward pass,
 * one with the scale and shift of normalizations as inputs, a step of TENT and a step of training with SGD, beside
 * PyTorch in eager mode. Each runs in a process of its own, in turns; the least processor time of all turns counts, for
 * whoever shares the machine adds to it. Forward passes are those of deployment: ours has its normalizations folded
 * into the convolutions, PyTorch's computes them.
 *
 * Prints a table and writes `.bench/training.json`.
 */
import { join } from "node:path";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import type { ExportedModel } from "../../hack/parity/context.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { exportNetworks } from "../../hack/parity/models.ts";
import { runPython } from "../../hack/parity/python.ts";
import { report, say } from "./report/report.ts";
import { ratioAtMost, row, type Row } from "./report/row.ts";
import { Subject } from "./training/subject.ts";
import type { Task, Work } from "./training/task.ts";

const TURNS = 5;
const SIZES = { batch: 32, side: 112, classes: 1000, threads: 1 } as const;

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
  const time = (name: string, of: Work, baseline: Parameters<Subjects["get"]>[0], most?: number): Row =>
    row(name, "ms", subjects.get(`ours ${of}`)!.milliseconds, {
      baseline: subjects.get(baseline)!.milliseconds,
      goal: most === undefined ? null : ratioAtMost(most),
    });
  const memory = (name: string, of: Work): Row =>
    row(`${name}, peak memory`, "MiB", subjects.get(`ours ${of}`)!.peak, {
      baseline: subjects.get(`theirs ${of}`)?.peak ?? null,
    });
  return [
    time("forward, against PyTorch", "forward", "theirs forward"),
    time("forward with affines as inputs, against without", "rewritten", "ours forward", 1.15),
    time("the same and their moments, against without", "moments", "ours forward"),
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
await report("training", rowsOf(subjects));
