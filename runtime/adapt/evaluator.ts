import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../graph/codec/encode.ts";
import type { Model } from "../graph/graph.ts";
import { writeModel } from "../graph/write.ts";

/** A tensor that goes into a model or comes out of it. */
export interface Data {
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** Tensors by the name of the input or output. */
export type DataOf = Readonly<Record<string, Data>>;

/** Runs a model. */
export interface Evaluator {
  /** The outputs asked for, in arrays of their own. What only others need is not computed. */
  run(inputs: DataOf, outputs: readonly string[]): Promise<Readonly<Record<string, Float32Array>>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens a model in ONNX Runtime on the CPU. */
export async function openEvaluator(model: Model, { threads }: { readonly threads: number }): Promise<Evaluator> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
    executionMode: "sequential",
    logSeverityLevel: 3,
  });
  return {
    async run(inputs, outputs) {
      const results = await session.run(tensorsOf(inputs), outputs);
      return Object.fromEntries(outputs.map((name) => [name, floatsOf(name, results[name])]));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

const tensorOf = ({ dims, values }: Data): Tensor =>
  values instanceof Float32Array ? new Tensor("float32", values, dims) : new Tensor("int64", values, dims);

const tensorsOf = (data: DataOf): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, tensorOf(value)]));

function floatsOf(name: string, tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`output ${name} is no tensor of float32`);
  return tensor.data;
}
