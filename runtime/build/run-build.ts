import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuildReport } from "../../crds/buildreport.ts";
import type { EngineBuildSpec, Hardware } from "../../crds/enginebuild.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import { chooseBackend, type Backend, type Choice } from "../engine/backend.ts";
import { buildEngines } from "../engine/build-engines.ts";
import { EngineError } from "../engine/errors.ts";
import { readHardware } from "../engine/hardware.ts";
import { engineKey } from "../engine/key.ts";
import { loadEngines } from "../engine/load.ts";
import type { Manifest } from "../engine/manifest.ts";
import { onnxRuntime, onnxRuntimeVersion } from "../engine/onnxruntime.ts";
import type { PullProgress } from "../engine/pull.ts";
import type { Store } from "../engine/store.ts";
import { compose } from "../faces/composition.ts";
import { judgeGate, type GateDecision } from "../gate/judge.ts";
import { recordInputs } from "./calibration.ts";
import { evaluateEngines } from "./evaluate-engines.ts";
import type { Progress } from "./progress.ts";
import { inHalves, inIntegers, reduceModels, reducer, type Reduction } from "./reduce.ts";

/** Backends of this build, the preferred first. */
const backends = [onnxRuntime];
/** Pictures on which engines are compared with their models. */
const paritySample = 16;

/** A build and what it works with. */
export interface BuildTask {
  readonly spec: EngineBuildSpec;
  readonly store: Store;
  /** Folder below which the node's own files are found. */
  readonly hostRoot: string;
  readonly threads: number;
  readonly now: () => Date;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What is known once the preflight has passed. */
interface Plan {
  readonly hardware: Hardware;
  readonly choice: Choice;
  readonly key: string;
}

/** Engines in a folder, in the store already or about to be published. */
interface Engines {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly reused: boolean;
}

/**
 * Builds the engines of a revision on this node, or finds them built, and holds them to the offline gate. Engines get
 * their name in the store only once they have passed, so nothing can load what has not; whatever ends the build early
 * leaves the store as it was.
 *
 * @returns a report with verdict Success or Failure.
 * @throws whatever keeps engines from being judged: EngineError, DatasetError, BadComposition, AnalyzerFailed.
 */
export async function runBuild(task: BuildTask): Promise<BuildReport> {
  const plan = await preflight(task);
  const models = await pullModels(task);
  await using held = new AsyncDisposableStack();
  held.use(await task.store.lockEngine(plan.key, task.signal));
  await using work = await task.store.makeWorkspace();
  const engines =
    (await findEngines(task, plan)) ??
    (await makeEngines(task, plan, await inPrecision(task, plan, models, held), work.path));
  const decision = await passGate(task, engines, models);
  if (decision.verdict === "Error") throw new UnjudgedEngines(decision);
  if (decision.verdict === "Success") await publish(task, engines);
  return {
    verdict: decision.verdict,
    engineKey: plan.key,
    reused: engines.reused,
    hardware: plan.hardware,
    engines: engines.manifest.engines.map(({ network, digest, bytes }) => ({ network, digest, bytes })),
    measurements: [...decision.measurements],
    message: decision.message.slice(0, 1024),
  };
}

/** A check of the gate could not be measured on this set by these networks. */
export class UnjudgedEngines extends Error {
  override readonly name = "UnjudgedEngines";
  readonly decision: GateDecision;

  constructor(decision: GateDecision) {
    super(`the gate cannot be measured: ${decision.message}`);
    this.decision = decision;
  }
}

async function preflight({ spec, store, hostRoot, progress }: BuildTask): Promise<Plan> {
  compose(spec.networks);
  const hardware = await readHardware(hostRoot, onnxRuntimeVersion);
  const choice = chooseBackend(spec.engine.backend, hardware, backends);
  const { networks, precision, calibration } = spec;
  const key = engineKey({
    networks,
    precision,
    backend: choice.backend,
    hardware,
    ...(calibration && { calibration: calibration.source.digest }),
    ...reducerOf(precision),
  });
  await store.requireSpace(0);
  progress.tell("preflight", "preflight passed", { key, backend: choice.backend.name, note: choice.note, hardware });
  return { hardware, choice, key };
}

/** What its models are reduced by, in the words of key and manifest. */
const reducerOf = (precision: EngineBuildSpec["precision"]): { reducer?: number } =>
  precision === "FP32" ? {} : { reducer };

/** Local, verified ONNX file of each network. */
async function pullModels({ spec, store, progress, signal }: BuildTask): Promise<Map<string, string>> {
  const models = new Map<string, string>();
  let bytes = 0;
  for (const { name, source } of spec.networks) {
    const tell = progress.count("pull", "bytes pulled", { network: name });
    const onProgress = ({ bytes, total }: PullProgress) => total !== undefined && tell(bytes, total);
    const path = await store.pull(source, { signal, onProgress });
    const { size } = await stat(path);
    bytes += size;
    models.set(name, path);
    progress.tell("pull", "network pulled", { network: name, digest: source.digest, bytes: size });
  }
  await store.requireSpace(2 * bytes);
  return models;
}

/** Engines of the key that are in the store, whole. Damaged ones are removed: they would be refused at every load. */
async function findEngines({ store, progress }: BuildTask, { key }: Plan): Promise<Engines | undefined> {
  const directory = store.engineDirectory(key);
  try {
    const { manifest } = await loadEngines(directory);
    if (manifest.key !== key) throw new EngineError("EngineCorrupted", `${directory} holds engines ${manifest.key}`);
    progress.tell("build", "engines reused", { key });
    return { directory, manifest, reused: true };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.reason === "EngineCorrupted") progress.tell("build", "damaged engines removed", { key });
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }
}

/**
 * The models that engines are built from: as they are, or in fewer bits. As they are, cleaning them would gain nothing,
 * since ONNX Runtime does the same when it builds. The gate compares engines with the models as they are.
 */
async function inPrecision(
  task: BuildTask,
  { choice: { backend } }: Plan,
  models: ReadonlyMap<string, string>,
  held: AsyncDisposableStack,
): Promise<ReadonlyMap<string, string>> {
  const { spec, store, progress, signal } = task;
  const { precision } = spec;
  if (precision === "FP32") return models;
  const { path: directory } = held.use(await store.makeWorkspace());
  const reduction = precision === "FP16" ? inHalves : await calibrated(task, backend, models);
  const onReduced = (network: string, facts: object) =>
    progress.tell("reduce", "model reduced", { network, precision, ...facts });
  return reduceModels(reduction, { models, directory, signal, onReduced });
}

async function calibrated(
  { spec, store, threads, progress, signal }: BuildTask,
  backend: Backend,
  models: ReadonlyMap<string, string>,
): Promise<Reduction> {
  const { networks, calibration } = spec;
  if (calibration === undefined) {
    const problem = "spec.precision INT8 needs spec.calibration: a dataset to measure ranges on";
    throw new EngineError("PrecisionUnsupported", problem);
  }
  const dataset = await openDataset(store, calibration, { signal });
  const onPicture = progress.count("calibrate", "pictures shown");
  const inputs = await recordInputs({ networks, models, dataset, backend, threads, signal, onPicture });
  return inIntegers({ target: backend.name, inputs, threads, signal });
}

async function makeEngines(
  { spec, threads, now, progress, signal }: BuildTask,
  { hardware, choice, key }: Plan,
  models: ReadonlyMap<string, string>,
  directory: string,
): Promise<Engines> {
  const { model, revision, networks, precision } = spec;
  const recipe = { key, model, revision, networks, precision, ...reducerOf(precision), choice, hardware };
  const manifest = await buildEngines(recipe, {
    models,
    directory,
    threads,
    now: now(),
    signal,
    onBuilt: ({ network, digest, bytes }) => progress.tell("build", "engine built", { network, digest, bytes }),
  });
  progress.tell("golden", "engines say what their models say", { key });
  return { directory, manifest, reused: false };
}

async function passGate(
  { spec, store, threads, progress, signal }: BuildTask,
  { directory }: Engines,
  models: ReadonlyMap<string, string>,
): Promise<GateDecision> {
  const { gate, champion } = spec;
  const dataset = await openDataset(store, gate.dataset, { signal });
  const options = (slot: "candidate" | "champion") => {
    const tell = progress.count("gate", "pictures shown", { slot });
    return { threads, signal, onPicture: (done: number) => tell(done, dataset.pictures.length) };
  };
  const parity = gate.checks.some(({ metric }) => metric === "OutputParity")
    ? { backend: onnxRuntime, models: await readModels(models), sample: paritySample }
    : undefined;
  const candidate = await evaluateEngines(directory, dataset, options("candidate"), parity);
  const compared = champion !== undefined && gate.checks.some(({ margin }) => margin !== undefined);
  const decision = judgeGate(
    { checks: gate.checks, alpha: Number(gate.alpha) },
    {
      candidate,
      ...(compared && {
        champion: await evaluateEngines(store.engineDirectory(champion.engineKey), dataset, options("champion")),
      }),
    },
  );
  progress.tell("gate", "gate judged", { verdict: decision.verdict, measurements: decision.measurements });
  return decision;
}

async function readModels(paths: ReadonlyMap<string, string>): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const models = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [network, path] of paths) {
    const bytes = await readFile(path);
    models.set(network, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  return models;
}

async function publish({ store, progress }: BuildTask, { directory, manifest, reused }: Engines): Promise<void> {
  const named = store.engineDirectory(manifest.key);
  if (reused) await store.markUsed(named);
  else await store.publish(directory, named);
  progress.tell("publish", "engines published", { key: manifest.key, directory: join("engines", manifest.key) });
}
