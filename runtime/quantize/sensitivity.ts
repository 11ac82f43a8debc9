import { nodeName } from "../graph/attributes.ts";
import type { Application } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { calibrate } from "./calibrate/calibrate.ts";
import type { Exclusion } from "./placement/exclusion.ts";
import { isLayer } from "./placement/layers.ts";
import { measuredBy, type Placement } from "./placement/placement.ts";
import { prepare } from "./prepare.ts";
import { placeFor, quantizeBy, type QuantizeOptions } from "./quantize.ts";
import { onnxRuntimeSessions, type Batch, type Numbers, type OpenSession } from "./session.ts";
import { similarity, type Similarity } from "./similarity.ts";

/** What a layer does to a model's outputs when it alone is quantized. */
export interface LayerDamage {
  readonly node: string;
  readonly operator: string;
  /** One less the mean cosine between the outputs with and without; over the output that suffers most. */
  readonly damage: number;
  /** One less the cosine on the picture that suffers most. */
  readonly worst: number;
  /** Of all pictures and outputs together, the least. */
  readonly decibels: number;
}

/** How far the ranking is. */
export interface SensitivityProgress {
  readonly stage: "Layers";
  readonly layers: number;
  readonly of: number;
}

/** As for `quantize`; the pictures that set the ranges are also those on which the damage is measured. */
export interface SensitivityOptions extends Omit<QuantizeOptions, "onProgress"> {
  readonly onProgress?: (progress: SensitivityProgress) => void;
}

/**
 * Ranks the layers of a model by the damage that each does alone, the worst first: ranges are measured once, then the
 * model runs over all pictures with each layer quantized in turn. Layers of one name are ranked as one, for an exclusion
 * names them all.
 * @throws {QuantizeError} as `quantize` does.
 * @throws the signal's reason, between two batches.
 */
export async function rankLayers(given: Model, options: SensitivityOptions): Promise<readonly LayerDamage[]> {
  const { target, open = onnxRuntimeSessions(), signal, onProgress, exclude } = options;
  const model = prepare(given);
  const placement = placeFor(model, target, exclude);
  const ranges = await calibrate(model, measuredBy(placement), options, { open, signal });
  const exact = await outputsOf(model, options, open);
  const layers = Map.groupBy([...placement.readings.keys()].filter(isLayer), nodeName);
  const ranked: LayerDamage[] = [];
  for (const alike of layers.values()) {
    const alone = quantizeBy(model, { target, placement: only(placement, alike), ranges });
    ranked.push(damageOf(alike[0]!, exact, await outputsOf(alone.model, options, open)));
    onProgress?.({ stage: "Layers", layers: ranked.length, of: layers.size });
  }
  return ranked.sort((a, b) => b.damage - a.damage);
}

/** The layers that do more than that damage alone, as what is to be left out. */
export const moreDamagingThan = (ranking: readonly LayerDamage[], damage: number): readonly Exclusion[] =>
  ranking.filter((layer) => layer.damage > damage).map(({ node }) => ({ node }));

function only({ readings, left }: Placement, layers: readonly Application[]): Placement {
  return { readings: new Map(layers.map((layer) => [layer, readings.get(layer)!])), left };
}

/** What a model makes of every picture: by output, then by picture. */
type Outputs = readonly (readonly ArrayLike<number>[])[];

async function outputsOf(
  model: Model,
  { batches, signal }: Pick<SensitivityOptions, "batches" | "signal">,
  open: OpenSession,
): Promise<Outputs> {
  const outputs: ArrayLike<number>[][] = model.graph.outputs.map(() => []);
  await using session = await open(model);
  for await (const batch of batches()) {
    signal?.throwIfAborted();
    const results = await session.run(batch);
    for (const [place, result] of results.entries()) outputs[place]!.push(...pictures(result, batch));
  }
  return outputs;
}

/** A result by picture, where its first axis is that of the batch; else as one. */
function pictures({ data, dims }: Numbers, batch: Batch): ArrayLike<number>[] {
  const values = Float64Array.from(data as Float32Array, Number);
  const count = Object.values(batch)[0]?.dims[0];
  if (count === undefined || count === 0 || dims[0] !== count) return [values];
  const length = values.length / count;
  return Array.from({ length: count }, (_, i) => values.subarray(i * length, (i + 1) * length));
}

function damageOf(layer: Application, exact: Outputs, quantized: Outputs): LayerDamage {
  const compared = exact.map((pictures, output) =>
    pictures.map((signal, place) => similarity(signal, quantized[output]![place]!)),
  );
  const all = compared.flat();
  return {
    node: nodeName(layer),
    operator: layer.opType,
    damage: Math.max(...compared.map((output) => 1 - meanCosine(output))),
    worst: Math.max(...all.map(({ cosine }) => 1 - cosine)),
    decibels: Math.min(...all.map(({ decibels }) => decibels)),
  };
}

const meanCosine = (all: readonly Similarity[]): number =>
  all.reduce((sum, { cosine }) => sum + cosine, 0) / all.length;
