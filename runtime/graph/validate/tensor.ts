import { GraphError, type Place } from "../graph-error.ts";
import { checkCount, sizeOf, TensorError } from "../tensor.ts";
import { elementTypeOf } from "../elements.ts";
import { protoName } from "../codec/schema.ts";
import type { SparseTensorProto, TensorProto } from "../codec/types.ts";
import { stringCode } from "./type.ts";

/**
 * Whether a constant has the elements that its type and shape say; those in another file only say where they are.
 * @throws {GraphError}
 */
export function validateTensor(tensor: TensorProto, place: Place, field: () => string): void {
  const problem = problemOf(tensor);
  if (problem !== undefined) throw new GraphError(problem, { ...place, field: field() });
}

/** Whether a sparse constant has its two parts; what they say together is checked where it is made dense. @throws {GraphError} */
export function validateSparse({ values, indices, dims }: SparseTensorProto, place: Place, field: () => string): void {
  for (const [part, tensor] of [["values", values] as const, ["indices", indices] as const]) {
    if (tensor === undefined) throw new GraphError(`it has no ${part}`, { ...place, field: field() });
    validateTensor(tensor, place, () => `${field()}.${part}`);
  }
  if (dims.some((dim) => dim < 0)) throw new GraphError("a size is negative", { ...place, field: `${field()}.dims` });
}

/** Where the elements of numbers can be. */
const storage = ["rawData", "floatData", "int32Data", "int64Data", "doubleData", "uint64Data"] as const;

function problemOf(tensor: TensorProto): string | undefined {
  const { dims, dataType, dataLocation = 0, externalData, segment, stringData } = tensor;
  if (dims.some((dim) => dim < 0)) return `a size is negative: [${dims.slice(0, 16).join(", ")}]`;
  if (segment !== undefined) return "constants in segments are not read";
  if (dataLocation !== 0 && dataLocation !== 1) return `data_location ${dataLocation} is neither here nor in a file`;
  if (dataLocation === 1)
    return externalData.some(({ key, value = "" }) => key === "location" && value !== "")
      ? undefined
      : "its elements are external data, and external_data names no location";
  if (dataType === stringCode)
    return sizeOf(dims) === stringData.length ? undefined : `${stringData.length} strings do not fill its shape`;
  if (elementTypeOf(dataType) === undefined) return `data_type ${dataType ?? 0} is no type of elements`;
  const given = storage.filter((field) => (tensor[field]?.length ?? 0) > 0);
  if (given.length > 1) return `it has elements in ${given.map(protoName).join(" and in ")}: keep those of one`;
  try {
    checkCount(tensor);
    return undefined;
  } catch (error) {
    if (error instanceof TensorError) return error.problem;
    throw error;
  }
}
