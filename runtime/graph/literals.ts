import { elements, type ElementType } from "./elements.ts";
import { constant, type Constant } from "./expression.ts";
import { tensor } from "./tensor.ts";

/** A list of int64, such as axes or a shape. */
export const integers = (values: readonly number[]): Constant =>
  constant(tensor(undefined, "int64", [values.length], BigInt64Array.from(values, BigInt)));

/** An int64 scalar. */
export const integer = (value: number): Constant =>
  constant(tensor(undefined, "int64", [], BigInt64Array.of(BigInt(value))));

/** A scalar of `type`: a number type that JavaScript has, float16 or bool. */
export const number = (type: ElementType, value: number): Constant => numbers(type, [], [value]);

/** A tensor of `type`, row-major: a number type that JavaScript has, float16 or bool. */
export function numbers(type: ElementType, dims: readonly number[], values: readonly number[]): Constant {
  const { array } = elements[type];
  if (type === "float16")
    return constant(tensor(undefined, type, dims, new Uint16Array(Float16Array.from(values).buffer)));
  const big = array === (BigInt64Array as unknown) || array === (BigUint64Array as unknown);
  return constant(tensor(undefined, type, dims, big ? array.from(values.map(BigInt)) : array.from(values)));
}
