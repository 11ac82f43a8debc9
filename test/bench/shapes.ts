/**
 * How long it takes to infer the types of all values of a model that is in memory, beside onnx.shape_inference with data
 * propagation on the same models in the same run: the first call, the least of all (whoever shares the machine only
 * adds to it), and the least where the models' large weights have no contents, which Python copies and we never touch;
 * and the memory that the first call takes beyond the model.
 *
 * Prints a table and writes `.bench/shapes.json`.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels } from "../../hack/models/build-models.ts";
import { prepareEnvironment } from "../../hack/parity/environment.ts";
import { exportNetworks } from "../../hack/parity/models.ts";
import { runPython } from "../../hack/parity/python.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { readModel } from "../../runtime/graph/read.ts";
import { inferTypes } from "../../runtime/graph/shapes/infer.ts";
import { undeclared } from "../../runtime/graph/shapes/oracle/undeclared.ts";
import { report, say } from "./report/report.ts";
import { ratioAtMost, row, type Row } from "./report/row.ts";

const REPEATS = 15;
const BACKBONES = ["resnet18", "iresnet50", "efficientnet-b0", "vit"] as const;

/** Milliseconds. */
interface Times {
  readonly first: number;
  readonly least: number;
}

async function measureOurs(path: string): Promise<Times> {
  const model = undeclared(readModel(decodeModel(await readFile(path))));
  const times = Array.from({ length: REPEATS }, () => {
    const begun = performance.now();
    inferTypes(model);
    return performance.now() - begun;
  });
  return { first: times[0]!, least: Math.min(...times) };
}

function rowsOf(name: string, ours: Times, theirs: Times & { readonly bare: number }): readonly Row[] {
  const time = (what: string, value: number, baseline: number): Row =>
    row(`${name}, ${what}`, "ms", value, { baseline, goal: ratioAtMost(1) });
  return [
    time("first call", ours.first, theirs.first),
    time("least", ours.least, theirs.least),
    time("least, weights left out", ours.least, theirs.bare),
  ];
}

/** What inference takes beyond the model, each in a process of its own. */
async function memoryRow(name: string, path: string): Promise<Row> {
  const ours = await execa("node", [join(import.meta.dirname, "shapes", "ours.ts")], { input: path });
  const theirs = await python(join(import.meta.dirname, "shapes", "peak_of_theirs.py"), path);
  return row(`${name}, peak memory`, "MB", Number(ours.stdout) / 1e6, { baseline: (theirs as number) / 1e6 });
}

say("Preparing Python and the networks");
const folder = join(cacheDirectory(), "oracles");
const interpreter = await prepareEnvironment({ folder, progress: say });
const python = (script: string, input: unknown) => runPython(script, input, { interpreter, progress: say });
const { models } = await exportNetworks({ folder: join(folder, "models"), python, progress: say });
const { path: recognizer } = (await buildModels())["face-recognition"];
const named = new Map([
  ["face-recognition", recognizer],
  ...models
    .filter(({ form, backbone }) => form === "normalized" && BACKBONES.some((each) => each === backbone))
    .map(({ backbone, opset, path }) => [`${backbone}, opset ${opset}`, path] as const),
]);
say("Timing onnx");
const script = join(import.meta.dirname, "shapes", "theirs.py");
const theirs = (await python(script, { models: [...named.values()], repeats: REPEATS })) as Record<
  string,
  Times & { readonly bare: number }
>;
say("Timing ours");
const rows: Row[] = [];
for (const [name, path] of named) rows.push(...rowsOf(name, await measureOurs(path), theirs[path]!));
say("Measuring memory");
for (const [name, path] of named) rows.push(await memoryRow(name, path));
await report("shapes", rows, "onnx");
