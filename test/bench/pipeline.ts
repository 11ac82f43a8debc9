/**
 * What a frame costs beyond its inferences: milliseconds from the JPEG of a camera to identity and expression of the one
 * face in it, as the runtime gets there (decoded on the main thread, looked at in the slot's worker), beside the bare sum
 * of the same ONNX Runtime sessions on the same inputs, one thread each, in the same run and in turns, so that a busy
 * machine slows both alike. The model is that of the quickstart, the frames are of a drawn person, 384 by 288.
 *
 * Prints a table and writes `.bench/pipeline.json`. A value is the tenth percentile over all frames, which is what the
 * work itself takes; median and 95th percentile say what else the machine was doing.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { FaceModel } from "../../crds/facemodel.ts";
import type { Network } from "../../crds/network.ts";
import { cacheDirectory } from "../../hack/cluster/cache.ts";
import { buildModels } from "../../hack/models/build-models.ts";
import { prepareScenes, quickstartScripts } from "../../hack/people/people.ts";
import { readExample } from "../../hack/quickstart/examples.ts";
import { buildEngines } from "../../runtime/engine/build-engines.ts";
import type { Session } from "../../runtime/engine/backend.ts";
import { loadEngines } from "../../runtime/engine/load.ts";
import { onnxRuntime } from "../../runtime/engine/onnxruntime.ts";
import { OpenNetwork, tensorsOf } from "../../runtime/engine/open-network.ts";
import { compose } from "../../runtime/faces/composition.ts";
import { decodePicture } from "../../runtime/faces/picture.ts";
import { loadAnalyzer, type Analyzer } from "../../runtime/pipeline/analyzer.ts";
import { lookAt, type Slot } from "../../runtime/pipeline/look.ts";
import { report, say } from "./report/report.ts";
import { ratioAtMost, row, type Goal, type Row } from "./report/row.ts";

const want = { identity: true, expression: true };
/** Frames measured, in turns of so many. */
const [frames, turn] = [400, 20];
const goal = ratioAtMost(1.3);

/** Milliseconds of each measured frame, by what they were spent on. */
type Samples = Map<string, number[]>;

function note(samples: Samples, name: string, milliseconds: number): void {
  samples.set(name, [...(samples.get(name) ?? []), milliseconds]);
}

function quantile(values: readonly number[] = [], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

async function quickstartNetworks(): Promise<{ networks: Network[]; models: Map<string, string> }> {
  const built = await buildModels();
  const folder = dirname(built["face-recognition"].path);
  const variables = {
    ARTIFACTS: pathToFileURL(folder).href,
    RECOGNIZER: "face-recognition",
    DIGEST_DETECTOR: built["tiny-face-detector"].digest,
    DIGEST_LANDMARKS: built["face-landmarks"].digest,
    DIGEST_RECOGNIZER: built["face-recognition"].digest,
    DIGEST_EXPRESSION: built["face-expression"].digest,
  };
  const [object] = await readExample("facemodel.yaml", variables, "bench");
  const { networks } = FaceModel.spec.parse((object as unknown as { spec: unknown }).spec);
  return { networks, models: new Map(networks.map(({ name, source }) => [name, new URL(source.uri).pathname])) };
}

/** JPEGs of a camera in which exactly one face is found. */
async function framesWithOneFace(analyzer: Analyzer): Promise<Buffer[]> {
  const [script] = quickstartScripts({ fps: 5, seconds: 9 });
  const scene = { ...script!, visits: script!.visits.slice(0, 1) };
  const [drawn] = await prepareScenes([scene], { cache: cacheDirectory() });
  const kept: Buffer[] = [];
  for (const jpeg of drawn!.jpegs) {
    const { faces } = await analyzer.analyze(await decodePicture(jpeg), want);
    if (faces.length === 1) kept.push(jpeg);
  }
  return kept;
}

/** The same sessions in this thread, without anything around them. */
async function openBare(
  directory: string,
  networks: readonly Network[],
): Promise<{ slot: Slot; sessions: Map<string, Session> }> {
  const sessions = new Map<string, Session>();
  const open = new Map<string, OpenNetwork>();
  for (const engine of (await loadEngines(directory)).engines) {
    const network = networks.find(({ name }) => name === engine.network)!;
    const session = await onnxRuntime.open(engine, 1);
    sessions.set(network.name, session);
    open.set(network.name, new OpenNetwork(network, session));
  }
  return { slot: { networks: open, composition: compose(networks) }, sessions };
}

async function measure(
  jpegs: readonly Buffer[],
  analyzer: Analyzer,
  { slot, sessions }: Awaited<ReturnType<typeof openBare>>,
  networks: readonly Network[],
): Promise<Samples> {
  const samples: Samples = new Map();
  const take = (index: number) => jpegs[index % jpegs.length]!;
  for (let from = 0; from < frames; from += turn) {
    const indexes = Array.from({ length: turn }, (_, k) => from + k);
    for (const index of indexes) await measureFrame(take(index), analyzer, samples);
    for (const index of indexes) {
      // Fills the sessions' inputs with those of this very frame.
      await lookAt(slot, await decodePicture(take(index)), want);
      await measureSessions(sessions, networks, samples);
    }
  }
  return samples;
}

async function measureFrame(jpeg: Buffer, analyzer: Analyzer, samples: Samples): Promise<void> {
  const start = performance.now();
  const image = await decodePicture(jpeg);
  const decoded = performance.now();
  const { timings, milliseconds } = await analyzer.analyze(image, want);
  const end = performance.now();
  const inferred = timings.reduce((sum, timing) => sum + timing.milliseconds, 0);
  note(samples, "frame", end - start);
  note(samples, "decode", decoded - start);
  note(samples, "around", milliseconds - inferred);
  note(samples, "hand-over", end - decoded - milliseconds);
  for (const timing of timings) note(samples, `frame ${timing.network}`, timing.milliseconds);
}

async function measureSessions(sessions: Map<string, Session>, networks: readonly Network[], samples: Samples) {
  let sum = 0;
  for (const network of networks) {
    const start = performance.now();
    await sessions.get(network.name)!.run(tensorsOf(network));
    const spent = performance.now() - start;
    note(samples, `bare ${network.name}`, spent);
    sum += spent;
  }
  note(samples, "bare", sum);
}

/** The part of the frames by which a value is told: the least disturbed ones, and yet not a lucky one. */
const calm = 0.1;

function rowsOf(samples: Samples, networks: readonly Network[]): readonly Row[] {
  const times = (name: string, of: string, { base, part = calm, goal: wish }: TimesOptions = {}): Row => {
    const baseline = base === undefined ? null : quantile(samples.get(base), part);
    return row(name, "ms", quantile(samples.get(of), part), { baseline, goal: wish ?? null });
  };
  const share = quantile(samples.get("decode"), calm) / quantile(samples.get("frame"), calm);
  return [
    times("frame with one face, beside its bare sessions", "frame", { base: "bare", goal }),
    times("the same, median", "frame", { base: "bare", part: 0.5 }),
    times("the same, 95th percentile", "frame", { base: "bare", part: 0.95 }),
    ...networks.map(({ name }) =>
      times(`inference of ${name}, beside its own`, `frame ${name}`, { base: `bare ${name}` }),
    ),
    times("JPEG to pixels", "decode"),
    row("JPEG to pixels, part of a frame", "part", share),
    times("crops, and reading what the networks say", "around"),
    times("hand-over to the slot's thread and back", "hand-over"),
  ];
}

interface TimesOptions {
  readonly base?: string;
  readonly part?: number;
  readonly goal?: Goal;
}

const directory = await mkdtemp(join(tmpdir(), "bench-pipeline-"));
try {
  const { networks, models } = await quickstartNetworks();
  const recipe = {
    key: "bench",
    model: "doors",
    revision: "bench",
    networks,
    precision: "FP32",
    hardware: {},
  } as const;
  const steps = { models, directory, threads: 1, now: new Date() };
  await buildEngines({ ...recipe, choice: { backend: onnxRuntime } }, steps);
  await using analyzer = await loadAnalyzer(directory);
  const jpegs = await framesWithOneFace(analyzer);
  const bare = await openBare(directory, networks);
  await measure(jpegs.slice(0, turn), analyzer, bare, networks);
  const samples = await measure(jpegs, analyzer, bare, networks);
  const [{ model } = { model: "unknown" }] = cpus();
  say(`${frames} frames, ${model}, load ${loadavg()[0]!.toFixed(1)} on ${cpus().length} processors`);
  await report("pipeline", rowsOf(samples, networks), "bare");
  for (const session of bare.sessions.values()) await session[Symbol.asyncDispose]();
} finally {
  await rm(directory, { recursive: true });
}
