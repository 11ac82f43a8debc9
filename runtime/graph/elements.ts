/** A typed array that can hold the elements of a tensor. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

type PackedField = "floatData" | "doubleData" | "int32Data" | "int64Data" | "uint64Data";

interface Element {
  /** TensorProto.DataType. */
  readonly code: number;
  /** What holds the elements; types that JavaScript lacks are held as their bits. */
  readonly array: {
    readonly BYTES_PER_ELEMENT: number;
    new (length: number): TypedArray;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
    from(values: ArrayLike<number> | ArrayLike<bigint>): TypedArray;
  };
  /** The field that holds them when `raw_data` does not. */
  readonly field: PackedField;
  /** Elements in one element of the array: 2 for 4-bit types, 1/2 for complex numbers. */
  readonly perSlot: number;
}

const element = (code: number, array: unknown, field: PackedField, perSlot = 1): Element => ({
  code,
  array: array as Element["array"],
  field,
  perSlot,
});

/**
 * The element types of tensors that are numbers, by ONNX Runtime's names for them.
 * Source: TensorProto.DataType and the comments on its data fields in onnx.proto.
 */
export const elements = {
  float32: element(1, Float32Array, "floatData"),
  uint8: element(2, Uint8Array, "int32Data"),
  int8: element(3, Int8Array, "int32Data"),
  uint16: element(4, Uint16Array, "int32Data"),
  int16: element(5, Int16Array, "int32Data"),
  int32: element(6, Int32Array, "int32Data"),
  int64: element(7, BigInt64Array, "int64Data"),
  bool: element(9, Uint8Array, "int32Data"),
  float16: element(10, Uint16Array, "int32Data"),
  float64: element(11, Float64Array, "doubleData"),
  uint32: element(12, Uint32Array, "uint64Data"),
  uint64: element(13, BigUint64Array, "uint64Data"),
  complex64: element(14, Float32Array, "floatData", 1 / 2),
  complex128: element(15, Float64Array, "doubleData", 1 / 2),
  bfloat16: element(16, Uint16Array, "int32Data"),
  float8e4m3fn: element(17, Uint8Array, "int32Data"),
  float8e4m3fnuz: element(18, Uint8Array, "int32Data"),
  float8e5m2: element(19, Uint8Array, "int32Data"),
  float8e5m2fnuz: element(20, Uint8Array, "int32Data"),
  uint4: element(21, Uint8Array, "int32Data", 2),
  int4: element(22, Uint8Array, "int32Data", 2),
  float4e2m1: element(23, Uint8Array, "int32Data", 2),
  float8e8m0: element(24, Uint8Array, "int32Data"),
  uint2: element(25, Uint8Array, "int32Data", 4),
  int2: element(26, Uint8Array, "int32Data", 4),
} as const;

/** The name of an element type. */
export type ElementType = keyof typeof elements;

const byCode = new Map(Object.entries(elements).map(([name, { code }]) => [code, name as ElementType]));

/** The element type with this TensorProto.DataType code; undefined for strings and for codes we do not know. */
export const elementTypeOf = (code: number | undefined): ElementType | undefined => byCode.get(code ?? 0);
