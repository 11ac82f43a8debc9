import { InferenceSession } from "onnxruntime-node";
import { encodeModel } from "../codec/encode.ts";
import type { TensorProto } from "../codec/types.ts";
import { elements, type ElementType } from "../elements.ts";
import type { Model } from "../graph.ts";
import { tensor } from "../tensor.ts";
import { writeModel } from "../write.ts";
import type { Evaluate } from "./fold.ts";

/**
 * Evaluates in ONNX Runtime on the CPU, without its optimizations: operators give what they give when a graph runs. If
 * it cannot take the model as a whole, it is asked for each output alone, and those that it refuses are left out. What
 * it has begun to compute it ends, also when it is told to stop.
 */
export const evaluateInOnnxRuntime: Evaluate = async (model, signal) => {
  const all = await evaluate(model);
  if (all !== undefined) return all;
  const results: (TensorProto | undefined)[] = [];
  for (const output of model.graph.outputs) {
    signal?.throwIfAborted();
    const alone = await evaluate({ ...model, graph: { ...model.graph, outputs: [output] } });
    results.push(alone?.[0]);
  }
  return results;
};

async function evaluate(model: Model): Promise<(TensorProto | undefined)[] | undefined> {
  const file = encodeModel(writeModel(model));
  try {
    const session = await InferenceSession.create(file, {
      graphOptimizationLevel: "disabled",
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    try {
      const results = await session.run({});
      return model.graph.outputs.map(({ name }) => tensorOf(results[name]));
    } finally {
      await session.release();
    }
  } catch {
    // A constant that cannot be computed here stays an operator; where it runs, it fails or it does not.
    return undefined;
  }
}

function tensorOf(result: InferenceSession.ReturnType[string] | undefined): TensorProto | undefined {
  const type = result?.type as ElementType | undefined;
  if (result === undefined || type === undefined || !(type in elements)) return undefined;
  const { array } = elements[type];
  const { buffer, byteOffset, byteLength } = result.data as Uint8Array;
  const copy = new Uint8Array(buffer, byteOffset, byteLength).slice();
  return tensor(undefined, type, result.dims, new array(copy.buffer, 0, byteLength / array.BYTES_PER_ELEMENT));
}
