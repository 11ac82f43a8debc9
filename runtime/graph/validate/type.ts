import { elementTypeOf } from "../elements.ts";
import { GraphError, type Place } from "../graph-error.ts";
import type { TypeProto } from "../codec/types.ts";

/** TensorProto.DataType of strings. */
export const stringCode = 8;

/** Whether a declared type exists; none at all is nothing declared. @throws {GraphError} */
export function validateType(type: TypeProto | undefined, place: Place): void {
  if (type === undefined) return;
  const { tensorType, sparseTensorType, sequenceType, optionalType, mapType } = type;
  for (const tensor of [tensorType, sparseTensorType]) {
    if (tensor === undefined) continue;
    const { elemType = 0, shape } = tensor;
    if (elemType !== 0 && elemType !== stringCode && elementTypeOf(elemType) === undefined)
      throw new GraphError(`${elemType} is no type of elements`, place);
    // -1 is how exporters write a size that they do not know.
    for (const { dimValue = 0 } of shape?.dim ?? [])
      if (dimValue < -1) throw new GraphError(`a size is negative: ${dimValue}`, place);
  }
  for (const inner of [sequenceType?.elemType, optionalType?.elemType, mapType?.valueType]) validateType(inner, place);
}
