import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../graph/codec/encode.ts";
import type { Model } from "../../graph/graph.ts";
import { writeModel } from "../../graph/write.ts";

/** Row-major elements of an input. */
export interface Fed {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** A model opened in ONNX Runtime: gives its outputs by name as numbers. */
export interface Evaluator {
  readonly run: (feeds: Readonly<Record<string, Fed>>) => Promise<Readonly<Record<string, readonly number[]>>>;
}

/** Opens a model whose inputs are all of one floating-point type. */
export async function evaluator(model: Model, type: "float32" | "float64" = "float32"): Promise<Evaluator> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const tensorOf = ({ dims, values }: Fed): Tensor =>
    new Tensor(type, type === "float32" ? Float32Array.from(values) : Float64Array.from(values), dims);
  return {
    run: async (feeds) => {
      const given = Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, tensorOf(fed)]));
      const results = await session.run(given);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array, Number)]),
      );
    },
  };
}
