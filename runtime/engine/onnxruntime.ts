import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { env, InferenceSession, Tensor } from "onnxruntime-node";
import type { Tensor as OutputTensor } from "../faces/decode/tensor.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { ModelFormatError } from "../graph/codec/format-error.ts";
import type { GraphProto } from "../graph/codec/types.ts";
import { elements } from "../graph/elements.ts";
import { mainGraph } from "../graph/main-graph.ts";
import type { Backend, BuildOptions, Session, TensorInfo } from "./backend.ts";
import { EngineError } from "./errors.ts";

/** Version of the runtime that is linked in. */
export const onnxRuntimeVersion = env.versions.node ?? env.versions.common;

const logSeverity = { error: 3 } as const;

/**
 * ONNX Runtime on the CPU. An engine is the model after the portable half of the optimizer ("extended": fusions and
 * folding, no processor-specific layouts), so a node's engine does not break when its processor is another one; the
 * processor-specific half runs at each opening and takes milliseconds. An FP16 engine is half as large; where the
 * processor has no FP16 arithmetic, it computes in FP32 and is as fast as an FP32 engine.
 *
 * Source: ONNX Runtime, Graph Optimizations, sections "Online/offline mode" and "Layout optimizations".
 */
export const onnxRuntime: Backend = {
  name: "ONNXRuntime",
  version: onnxRuntimeVersion,
  supports: () => true,
  async build(model, { network, precision, directory, threads, signal }) {
    const file = `${network}.onnx`;
    signal?.throwIfAborted();
    const graph = graphOf(network, await readFile(model));
    requirePrecision(network, precision, graph);
    const session = await create(network, model, {
      intraOpNumThreads: threads,
      graphOptimizationLevel: "extended",
      optimizedModelFilePath: join(directory, file),
      ...(keepsOnlyWeightsInBytes(graph) && unpackWeights),
    });
    await session.release();
    return file;
  },
  open: async ({ network, content }, threads) =>
    new OnnxRuntimeSession(
      await create(network, content, { intraOpNumThreads: threads, graphOptimizationLevel: "all" }),
    ),
  openOriginal: async ({ network, content }, threads) =>
    new OnnxRuntimeSession(
      await create(network, content, { intraOpNumThreads: threads, graphOptimizationLevel: "disabled" }),
    ),
};

/** Turns weights that are kept in bytes into floats once, in the engine, rather than at every run. */
const unpackWeights = { extra: { session: { disable_quant_qdq: "1" } } };

/**
 * Whether a model dequantizes and never quantizes: its weights are small for the way here, and its arithmetic is that of
 * floats. A model that quantizes activations as well is left to ONNX Runtime's integer kernels.
 */
function keepsOnlyWeightsInBytes(graph: GraphProto): boolean {
  const operators = new Set(graph.node.map(({ opType }) => opType));
  return (
    operators.has("DequantizeLinear") && !operators.has("QuantizeLinear") && !operators.has("DynamicQuantizeLinear")
  );
}

/** What shows that numbers are kept so, in words and in a graph. */
const evidence: Readonly<Record<"FP16" | "INT8", { word: string; isIn: (graph: GraphProto) => boolean }>> = {
  FP16: {
    word: "in float16",
    isIn: ({ initializer }) => initializer.some(({ dataType }) => dataType === elements.float16.code),
  },
  INT8: { word: "quantized", isIn: ({ node }) => node.some(({ opType }) => opType === "QuantizeLinear") },
};

/** Numbers stay as the model has them: one in FP32 would be judged, timed and shipped as something else. */
function requirePrecision(network: string, precision: BuildOptions["precision"], graph: GraphProto): void {
  if (precision === "FP32" || evidence[precision].isIn(graph)) return;
  const problem = `network ${network}: ${precision} is asked for, and nothing in the model is ${evidence[precision].word}`;
  throw new EngineError("PrecisionUnsupported", `${problem}: set spec.precision to FP32`);
}

function graphOf(network: string, bytes: Uint8Array): GraphProto {
  try {
    return mainGraph(decodeModel(bytes));
  } catch (error) {
    if (!(error instanceof ModelFormatError)) throw error;
    throw new EngineError("ModelRefused", `network ${network}: the file is no ONNX model: ${error.message}`);
  }
}

async function create(
  network: string,
  model: string | Uint8Array<ArrayBuffer>,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const complete = { ...options, executionMode: "sequential", logSeverityLevel: logSeverity.error } as const;
  try {
    return await (typeof model === "string"
      ? InferenceSession.create(model, complete)
      : InferenceSession.create(model, complete));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new EngineError("ModelRefused", `network ${network}: ONNX Runtime does not take the model: ${problem}`, {
      cause: error,
    });
  }
}

class OnnxRuntimeSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #session: InferenceSession;
  #feeds: Record<string, Tensor> = {};

  constructor(session: InferenceSession) {
    this.#session = session;
    this.inputs = session.inputMetadata.map(infoOf);
    this.outputs = session.outputMetadata.map(infoOf);
  }

  bind(input: string, data: Float32Array, dims: readonly number[]): void {
    this.#feeds = { [input]: new Tensor("float32", data, dims) };
  }

  async run(outputs: readonly string[]): Promise<OutputTensor[]> {
    const results = await this.#session.run(this.#feeds, outputs);
    return outputs.map((name) => {
      const tensor = results[name];
      if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`output ${name} is no tensor of float32`);
      return { dims: tensor.dims, data: tensor.data };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }
}

function infoOf(value: InferenceSession.ValueMetadata): TensorInfo {
  return value.isTensor
    ? { name: value.name, dims: value.shape, type: value.type }
    : { name: value.name, dims: [], type: "no tensor" };
}
