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

const arrays = { float32: Float32Array, float64: Float64Array } as const;

/** Opens a model whose inputs are all of one floating-point type, or int64 (shapes). */
export async function evaluator(model: Model, type: "float32" | "float64" = "float32"): Promise<Evaluator> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const integers = new Set(model.graph.inputs.filter((given) => given.type === "int64").map(({ name }) => name));
  const tensorOf = (name: string, { dims, values }: Fed): Tensor =>
    integers.has(name)
      ? new Tensor("int64", BigInt64Array.from(values, BigInt), dims)
      : new Tensor(type, arrays[type].from(values), dims);
  return {
    run: async (feeds) => {
      const given = Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, tensorOf(name, fed)]));
      const results = await session.run(given);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array, Number)]),
      );
    },
  };
}
