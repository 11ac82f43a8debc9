import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../codec/encode.ts";
import { elements, type ElementType, type TypedArray } from "../../elements.ts";
import type { Input } from "../../expression.ts";
import type { Model } from "../../graph.ts";
import { sizeOf } from "../../tensor.ts";
import type { Dim, TensorType } from "../../type.ts";
import { writeModel } from "../../write.ts";
import { evaluate } from "./evaluate.ts";

/** What sizes that have names stand for. */
export type Sizes = Readonly<Record<string, number>>;

/** The types that ONNX Runtime makes of a model's outputs when sizes are these. */
export async function actualTypes(model: Model, sizes: Sizes): Promise<readonly TensorType[]> {
  const made = await actualTensors(model, sizes);
  return made.map(({ type, dims }) => ({ type: type as ElementType, dims }));
}

/** What ONNX Runtime makes of a model's outputs when sizes are these. */
export async function actualTensors(model: Model, sizes: Sizes): Promise<readonly Tensor[]> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), {
    ...{ intraOpNumThreads: 1, logSeverityLevel: 4, graphOptimizationLevel: "disabled" },
  });
  try {
    const given = model.graph.inputs.map((input) => [input.name, dataOf(input, sizes)] as const);
    const results = await session.run(Object.fromEntries(given));
    return model.graph.outputs.map(({ name }) => results[name]!);
  } finally {
    await session.release();
  }
}

/** Small positive numbers; indices and sizes that are inputs are 0. */
function dataOf({ type, dims = [] }: Input, sizes: Sizes): Tensor {
  const shape = dims.map((dim) => (typeof dim === "number" ? dim : sizes[dim]!));
  const { array } = elements[type!];
  const values = Array.from({ length: sizeOf(shape) }, (_, place) => fill(type!, place));
  const data = (array.from as (values: ArrayLike<number | bigint>) => TypedArray)(values);
  return new Tensor(type as "float32", data as Float32Array, shape);
}

function fill(type: ElementType, place: number): number | bigint {
  if (type === "int64") return 0n;
  if (type === "float32" || type === "float64") return (place % 7) / 8 + 0.1;
  return type === "bool" ? 1 : 0;
}

/** Whether a type is what was made, as far as it is known, when names stand for these sizes. */
export function isMade(known: TensorType | undefined, actual: TensorType, sizes: Sizes): boolean {
  if (known?.type !== actual.type) return false;
  if (known.dims === undefined) return true;
  const fits = (dim: Dim, axis: number): boolean => {
    const size = typeof dim === "number" ? dim : evaluate(dim, sizes);
    return size === undefined || size === actual.dims![axis];
  };
  return known.dims.length === actual.dims!.length && known.dims.every(fits);
}
