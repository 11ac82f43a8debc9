import { elements } from "../elements.ts";
import { GraphError, type Place } from "../graph-error.ts";
import { tensor, TensorError, typeOf, valuesOf } from "../tensor.ts";
import type { SparseTensorProto, TensorProto } from "../codec/types.ts";

/** Makes sparse constants dense, until they take too much room. */
export class Densifier {
  readonly #limit: number;
  #left: number;

  /** `limit` is in bytes, for all constants together. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /**
   * The same constant with its zeros written out. Its non-zero values come with their places in order, each once:
   * `indices` is [count], places in row-major order, or [count, rank].
   * @throws {GraphError} naming the constant and the field.
   */
  dense({ values, indices, dims }: SparseTensorProto, at: Place): TensorProto {
    const place = { ...at, field: `sparse_initializer ${JSON.stringify(values?.name ?? "")}` };
    if (values === undefined || indices === undefined)
      throw new GraphError("values and indices are both needed", place);
    try {
      const type = typeOf(values);
      const { array, perSlot } = elements[type];
      if (perSlot !== 1) throw new GraphError(`${type} has no sparse form that is read`, place);
      const size = this.#spend(dims, array.BYTES_PER_ELEMENT, place);
      const found = valuesOf(values);
      const data = new array(size);
      placesOf(indices, dims, found.length, place).forEach((index, from) => (data[index] = found[from]!));
      return tensor(values.name, type, dims, data);
    } catch (error) {
      throw error instanceof TensorError ? new GraphError(error.message, place, error) : error;
    }
  }

  #spend(dims: readonly number[], width: number, place: Place): number {
    if (dims.some((dim) => dim < 0)) throw new GraphError(`a size is negative: [${dims.join(", ")}]`, place);
    const size = dims.reduce((product, dim) => product * dim, 1);
    // Not `>`: sizes beyond all numbers may have become NaN.
    if (!(size * width <= this.#left))
      throw new GraphError(`sparse constants take more than ${this.#limit} bytes when dense`, place);
    this.#left -= size * width;
    return size;
  }
}

/** Where each value goes, row-major; checked to rise. */
function placesOf(indices: TensorProto, dims: readonly number[], count: number, place: Place): readonly number[] {
  const found = valuesOf(indices);
  if (!(found instanceof BigInt64Array)) throw new GraphError("indices are int64", place);
  const rank = indices.dims.length === 2 ? dims.length : 1;
  if (found.length !== count * rank || (indices.dims.length === 2 && indices.dims[1] !== rank))
    throw new GraphError(`indices are [${count}] or [${count}, ${dims.length}]: one place for each value`, place);
  const bounds = rank === 1 && indices.dims.length !== 2 ? [dims.reduce((a, b) => a * b, 1)] : dims;
  let last = -1;
  return Array.from({ length: count }, (_, from) => {
    const at = bounds.reduce((sum, bound, axis) => {
      const index = Number(found[from * rank + axis]);
      if (index < 0 || index >= bound) throw new GraphError(`index ${index} is outside 0 to ${bound - 1}`, place);
      return sum * bound + index;
    }, 0);
    if (at <= last) throw new GraphError("indices rise, and none comes twice", place);
    last = at;
    return at;
  });
}
