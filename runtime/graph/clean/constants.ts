import { attributeTypes } from "../codec/schema.ts";
import type { AttributeProto, TensorProto } from "../codec/types.ts";
import { constant, type Application, type Constant, type Result, type Value } from "../expression.ts";
import { number, numbers } from "../literals.ts";
import type { Types } from "../shapes/infer.ts";
import { sizeOf, tensor } from "../tensor.ts";
import type { Rule } from "./rule.ts";

/** The operator Constant is a constant. Strings and sparse ones stay. */
export const constantNodes: Rule = {
  operators: ["Constant"],
  apply: ({ attributes: [attribute], results: [result] }) => {
    const value = attribute === undefined ? undefined : constantOf(attribute);
    return value === undefined || result === undefined ? undefined : [namedAs(result, value.tensor)];
  },
};

function constantOf({ name, type, t, i, ints, f, floats }: AttributeProto): Constant | undefined {
  if (name === "value" && t !== undefined) return constant(t);
  switch (type) {
    case attributeTypes.i:
      return int64([], [i ?? 0]);
    case attributeTypes.ints:
      return int64([ints.length], ints);
    case attributeTypes.f:
      return number("float32", f ?? 0);
    case attributeTypes.floats:
      return numbers("float32", [floats.length], floats);
    default:
      return undefined;
  }
}

/** Not through numbers: 2^63-1 is how exporters write "to the end". */
const int64 = (dims: readonly number[], values: readonly (number | bigint)[]): Constant =>
  constant(tensor(undefined, "int64", dims, BigInt64Array.from(values, BigInt)));

/** Types of elements that inferred contents are exact in. */
const exact: ReadonlySet<string> = new Set(["int64", "int32", "bool"]);

/** What an application is known to give before it runs, such as the shape of a value whose sizes are known. */
export function knownResults({ results }: Application, types: Types): readonly (Value | undefined)[] | undefined {
  const known = results.map((result) => (result === undefined ? undefined : knownValue(result, types)));
  return known.some((value) => value !== undefined) ? known : undefined;
}

function knownValue(result: Result, types: Types): Value | undefined {
  const type = types.of(result);
  // Beyond 2^53 inference rounds.
  const values = types.valuesOf(result)?.filter((element) => Number.isSafeInteger(element));
  const dims = type?.dims?.filter((size) => typeof size === "number");
  if (type === undefined || values === undefined || dims === undefined || !exact.has(type.type)) return undefined;
  if (dims.length !== type.dims?.length || values.length !== sizeOf(dims)) return undefined;
  return namedAs(result, numbers(type.type, dims, values as number[]).tensor);
}

/** What a result always holds, under the name that it had. */
export function namedAs({ application: { name = "", names }, index }: Result, tensor: TensorProto): Constant {
  return constant({ ...tensor, name: names[index] ?? (index === 0 ? name : "") });
}
