import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../engine/errors.ts";
import { cleanAndFold } from "../graph/clean/clean.ts";
import { evaluateInOnnxRuntime as evaluate } from "../graph/clean/evaluate.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { ModelFormatError } from "../graph/codec/format-error.ts";
import { GraphError } from "../graph/graph-error.ts";
import type { Model } from "../graph/graph.ts";
import { readModel } from "../graph/read.ts";
import { writeModel } from "../graph/write.ts";
import { convertToFloat16 } from "../quantize/float16/convert.ts";
import { QuantizeError } from "../quantize/quantize-error.ts";
import { quantize, type Target } from "../quantize/quantize.ts";
import { onnxRuntimeSessions, type Batch } from "../quantize/session.ts";

/**
 * Revision of all that reduces a model: cleaning, FP16, INT8. It is in the key of engines, so that those of a version
 * that reduces otherwise are built anew. Raised with whatever changes what a model is reduced to; reducer.test.ts tells.
 */
export const reducer = 2;

/** A model in fewer bits, and what is told about it. */
export interface Reduced {
  readonly model: Model;
  readonly facts: Readonly<Record<string, number>>;
}

/** Makes fewer bits of a network's model. */
export type Reduction = (model: Model, network: string) => Reduced | Promise<Reduced>;

/** FP16. Told: nodes that stay in FP32, and constants that lost more than rounding. */
export const inHalves: Reduction = (given) => {
  const { model, left, lossy } = convertToFloat16(given);
  return { model, facts: { left: left.length, lossy: lossy.length } };
};

/** What INT8 is made with. */
export interface IntegerOptions {
  readonly target: Target;
  /** What each network was shown by the calibration set, by name. */
  readonly inputs: ReadonlyMap<string, readonly Batch[]>;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** INT8. Told: activations that are quantized, and nodes that stay in FP32. */
export function inIntegers({ target, inputs, threads, signal }: IntegerOptions): Reduction {
  return async (given, network) => {
    const batches = inputs.get(network)!;
    if (batches.length === 0) {
      const problem = `network ${network}: no calibration picture reaches it`;
      throw new EngineError("ModelRefused", `${problem}: give a set with faces that the detector finds`);
    }
    const { model, quantized, left } = await quantize(given, {
      target,
      method: { kind: "MinMax" },
      batches: () => batches,
      open: onnxRuntimeSessions({ threads }),
      signal,
    });
    const activations = quantized.filter(({ kind }) => kind === "Activation").length;
    return { model, facts: { activations, left: left.length } };
  };
}

/** Files that are to be reduced. */
export interface ReduceTask {
  /** Local ONNX file of each network, by name. */
  readonly models: ReadonlyMap<string, string>;
  /** Folder that the reduced models are written to. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onReduced: (network: string, facts: Reduced["facts"]) => void;
}

/**
 * The networks' models in fewer bits, as files. Each is cleaned first: an exporter leaves constants to be computed and
 * normalizations behind convolutions, which would be rounded apart, and TensorRT takes no axes that are computed.
 * @returns the file of each network.
 * @throws EngineError ModelRefused, for a model that cannot be read or reduced.
 */
export async function reduceModels(reduction: Reduction, task: ReduceTask): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [network, path] of task.models) {
    task.signal.throwIfAborted();
    const { model, facts } = await reduceModel(await readFile(path), network, reduction);
    const file = join(task.directory, `${network}.onnx`);
    await writeFile(file, encodeModel(writeModel(model)), { signal: task.signal });
    files.set(network, file);
    task.onReduced(network, facts);
  }
  return files;
}

/** One model in fewer bits. @throws as `reduceModels`. */
export async function reduceModel(bytes: Uint8Array, network: string, reduction: Reduction): Promise<Reduced> {
  try {
    const { model } = await cleanAndFold(readModel(decodeModel(bytes)), { evaluate });
    return await reduction(model, network);
  } catch (error) {
    if (!(error instanceof QuantizeError || error instanceof ModelFormatError || error instanceof GraphError))
      throw error;
    throw new EngineError("ModelRefused", `network ${network}: ${error.message}`, { cause: error });
  }
}
