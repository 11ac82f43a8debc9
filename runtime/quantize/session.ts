import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../graph/codec/encode.ts";
import type { ElementType, TypedArray } from "../graph/elements.ts";
import type { Model } from "../graph/graph.ts";
import { writeModel } from "../graph/write.ts";

/** A tensor that a model is given or gives back: row-major. */
export interface Numbers {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TypedArray;
}

/** What a model is given in one run, by the names of its inputs. */
export type Batch = Readonly<Record<string, Numbers>>;

/** A model that can be run. One run at a time. */
export interface Session extends AsyncDisposable {
  /** What the model makes of a batch, in the order of its outputs. */
  run(batch: Batch): Promise<readonly Numbers[]>;
}

/** How models are run. */
export type OpenSession = (model: Model) => Promise<Session>;

/**
 * ONNX Runtime on the CPU. Fusions are on and processor-specific layouts off: convolutions then add up in the order that
 * they have without any optimization, and what is fused otherwise (Gelu, normalizations) differs by less than 1e-6.
 *
 * onnxruntime-node 1.30 takes no float16 on Node 26, neither as Float16Array nor as bits ("not enough space"), so a model
 * with inputs of float16 is run elsewhere; outputs of float16 come back.
 */
export function onnxRuntimeSessions({ threads }: { readonly threads?: number } = {}): OpenSession {
  return async (model) => {
    const session = await InferenceSession.create(encodeModel(writeModel(model)), {
      graphOptimizationLevel: "extended",
      executionMode: "sequential",
      logSeverityLevel: 3,
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    });
    const outputs = model.graph.outputs.map(({ name }) => name);
    return {
      run: async (batch) => read(await session.run(tensors(batch), outputs), outputs),
      [Symbol.asyncDispose]: () => session.release(),
    };
  };
}

const tensors = (batch: Batch): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(batch).map(([name, { type, dims, data }]) => [
      name,
      new Tensor(type as Tensor.Type, data as Tensor.DataTypeMap[Tensor.Type], dims),
    ]),
  );

function read(results: InferenceSession.ReturnType, outputs: readonly string[]): Numbers[] {
  return outputs.map((name) => {
    const { type, dims, data } = results[name]!;
    return { type: type as ElementType, dims, data: data as TypedArray };
  });
}
