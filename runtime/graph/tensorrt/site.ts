import type { TensorProto } from "../codec/types.ts";
import { tensorOf } from "../attributes.ts";
import { domainOf } from "../domain.ts";
import { elementTypeOf, type ElementType } from "../elements.ts";
import type { Application, Outer, Result, Value } from "../expression.ts";
import type { Types } from "../shapes/infer.ts";
import { valuesOf } from "../tensor.ts";
import type { TensorRTVersion } from "./release.ts";

/** A node where it is checked. */
export interface Site {
  readonly made: Application;
  readonly types: Types;
  readonly version: TensorRTVersion;
  /** Of the default domain. */
  readonly opset: number;
}

/** The number of dimensions of an input; undefined where it is not known or the input is left out. */
export function rankOf({ made, types }: Site, index: number): number | undefined {
  const value = made.inputs[index];
  return value === undefined ? undefined : types.of(value)?.dims?.length;
}

/** The element type of an input; undefined where it is not known or the input is left out. */
export function typeOfInput({ made, types }: Site, index: number): ElementType | undefined {
  const value = made.inputs[index];
  return value === undefined ? undefined : types.of(value)?.type;
}

/** Whether an input is there. */
export const isGiven = ({ made }: Site, index: number): boolean => made.inputs[index] !== undefined;

/** Whether an input is left out or held by the model: an initializer or the output of a Constant node. */
export function isInitializer({ made }: Site, index: number): boolean {
  const value = made.inputs[index];
  const origin = value === undefined ? undefined : originOf(value);
  return origin === undefined || origin.kind === "Constant" || isConstantNode(origin);
}

/** Whether an input is left out or known when the engine is built: an initializer, or a size that does not vary. */
export function isConstant(site: Site, index: number): boolean {
  const value = site.made.inputs[index];
  return value === undefined || isInitializer(site, index) || numbersOf(site, value) !== undefined;
}

/** The numbers that an input holds, if the model tells them. */
export function contentsOf(site: Site, index: number): ArrayLike<number> | undefined {
  const value = site.made.inputs[index];
  if (value === undefined) return undefined;
  const origin = originOf(value);
  const tensor = origin.kind === "Constant" ? origin.tensor : isConstantNode(origin) ? heldBy(origin) : undefined;
  return tensor === undefined ? numbersOf(site, value) : numbersIn(tensor);
}

function numbersOf({ types }: Site, value: Value): readonly number[] | undefined {
  const values = types.valuesOf(value);
  return values?.every((element) => typeof element === "number") ? values : undefined;
}

/** Where a value comes from, past bodies and Identity. */
function originOf(value: Value): Exclude<Value, Outer> {
  let origin = value;
  for (;;) {
    const before = origin.kind === "Outer" ? origin.value : identityOf(origin);
    if (before === undefined) return origin as Exclude<Value, Outer>;
    origin = before;
  }
}

const identityOf = (value: Value): Value | undefined =>
  value.kind === "Result" && value.application.opType === "Identity" ? value.application.inputs[0] : undefined;

const isConstantNode = (value: Value): value is Result =>
  value.kind === "Result" && value.application.opType === "Constant" && domainOf(value.application.domain) === "";

const heldBy = ({ application }: Result): TensorProto | undefined => tensorOf(application, "value");

const readable: ReadonlySet<ElementType | undefined> = new Set<ElementType>([
  ...(["float32", "float16", "float64", "int8", "uint8", "int16", "uint16"] as const),
  ...(["int32", "uint32", "int64", "uint64", "bool"] as const),
]);

/** Those of types that JavaScript has no numbers for, and of files beside the model, are not read. */
function numbersIn(tensor: TensorProto): ArrayLike<number> | undefined {
  const type = elementTypeOf(tensor.dataType);
  if (tensor.dataLocation === 1 || !readable.has(type)) return undefined;
  const values = valuesOf(tensor);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Array.from(values, Number);
  return type === "float16" ? new Float16Array(values.buffer, values.byteOffset, values.length) : values;
}
