import { mostElements, type Values } from "./values.ts";

/**
 * A tensor of shape `dims` whose element at an index is the one of `values` at `from(index)`; undefined where that is
 * too large.
 */
export function pick(
  values: Values,
  dims: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): Values | undefined {
  const count = dims.reduce((product, size) => product * size, 1);
  if (count > mostElements) return undefined;
  const elements = Array.from({ length: count }, (_, place) => {
    const offset = from(indexAt(dims, place)).reduce((sum, index, axis) => sum * values.dims[axis]! + index, 0);
    return values.elements[offset];
  });
  return { dims, elements };
}

function indexAt(dims: readonly number[], place: number): readonly number[] {
  const index: number[] = [];
  let rest = place;
  for (const size of dims.toReversed()) {
    index.push(rest % size);
    rest = Math.floor(rest / size);
  }
  return index.reverse();
}
