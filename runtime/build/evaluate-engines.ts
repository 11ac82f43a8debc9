import type { Dataset, LabelledPicture } from "../dataset/dataset.ts";
import type { Backend } from "../engine/backend.ts";
import { loadEngines } from "../engine/load.ts";
import { OpenNetwork } from "../engine/open-network.ts";
import { decodeLabelled, observe } from "../gate/observe.ts";
import { compareTwins, type Twin } from "../gate/parity.ts";
import type { Evaluation } from "../gate/result.ts";
import type { FaceObservation } from "../pipeline/analysis.ts";
import { loadAnalyzer } from "../pipeline/analyzer.ts";

/** How engines are run over a set; `onPicture` is told how many are done. */
export interface EvaluateOptions {
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onPicture?: ((done: number) => void) | undefined;
}

/** What parity is measured with: the models that the engines were built from, by network. */
export interface ParityOptions {
  readonly backend: Backend;
  readonly models: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Pictures that are looked at twice. */
  readonly sample: number;
}

/**
 * Shows a labelled set to the engines of a directory in a worker as the runtime would, then, when asked for, a sample of
 * it to engines and models side by side. Memory is read in between, so that only what serves is counted.
 *
 * @throws EngineError, AnalyzerFailed, DatasetError.
 */
export async function evaluateEngines(
  directory: string,
  dataset: Dataset,
  { threads, signal, onPicture }: EvaluateOptions,
  parity?: ParityOptions,
): Promise<Evaluation> {
  const sample: Seen[] = [];
  const every = Math.max(1, Math.ceil(dataset.pictures.length / (parity?.sample ?? 1)));
  const evaluation = await observeEngines();
  return { ...evaluation, parity: parity ? await compareSample(directory, sample, threads, parity, signal) : [] };

  async function observeEngines(): Promise<Omit<Evaluation, "parity">> {
    await using analyzer = await loadAnalyzer(directory, { threads, ...(signal && { signal }) });
    return await observe(analyzer, dataset, {
      signal,
      onPicture: (picture, face, index) => {
        if (index % every === 0) sample.push({ picture, face });
        onPicture?.(index + 1);
      },
    });
  }
}

interface Seen {
  readonly picture: LabelledPicture;
  readonly face: FaceObservation | undefined;
}

async function compareSample(
  directory: string,
  sample: readonly Seen[],
  threads: number,
  { backend, models }: ParityOptions,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const { manifest, engines } = await loadEngines(directory);
  await using opened = new AsyncDisposableStack();
  const twins: Twin[] = [];
  for (const engine of engines) {
    const network = manifest.networks.find(({ name }) => name === engine.network)!;
    const model = { network: network.name, path: "", content: models.get(network.name)! };
    const built = opened.use(await backend.open(engine, threads));
    const original = opened.use(await backend.openOriginal(model, threads));
    twins.push({ engine: new OpenNetwork(network, built), original: new OpenNetwork(network, original) });
  }
  const worst: number[] = [];
  for (const { picture, face } of sample) {
    signal?.throwIfAborted();
    worst.push(await compareTwins(twins, await decodeLabelled(picture), face));
  }
  return worst;
}
