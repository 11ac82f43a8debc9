/**
 * The schema of ONNX (onnx.proto, IR version 14), declared once as data. The codec reads this table, and the
 * TypeScript types of every message are derived from it (types.ts), so a field exists in one place only.
 *
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; schema.test.ts compares the table with the
 * descriptors of the Python package `onnx`, field by field.
 */

/** Kinds of a single value on the wire. */
export type ScalarKind =
  /** Strict UTF-8. */
  | "string"
  /** A view of the file's bytes; never copied. */
  | "bytes"
  | "float"
  /** A 32-bit integer, and how enumerations travel. */
  | "int32"
  /** A 64-bit integer that must be a safe JavaScript number (sizes, versions); refused otherwise. */
  | "int64"
  /** A 64-bit integer that may be a sentinel such as 2^63-1: a number where it is safe, else a bigint. */
  | "wideInt64";

/** Kinds of a packed list, held as one typed array. */
export type PackedKind = "floats" | "doubles" | "int32s" | "int64s" | "uint64s";

/** One field: its number, what it holds (a scalar, a packed list, or a message by name) and how often. */
export interface Field<
  Kind extends string = string,
  Label extends "one" | "many" | "packed" = "one" | "many" | "packed",
> {
  readonly number: number;
  readonly kind: Kind;
  readonly label: Label;
}

const one = <const Kind extends string>(number: number, kind: Kind): Field<Kind, "one"> => ({
  number,
  kind,
  label: "one",
});
const many = <const Kind extends string>(number: number, kind: Kind): Field<Kind, "many"> => ({
  number,
  kind,
  label: "many",
});
const packed = <const Kind extends PackedKind>(number: number, kind: Kind): Field<Kind, "packed"> => ({
  number,
  kind,
  label: "packed",
});

/** Every message of ONNX by its name in onnx.proto. Field names are the proto's, in camel case. */
export const messages = {
  ModelProto: {
    /** Version of the file format; 8 goes with opset 17. */
    irVersion: one(1, "int64"),
    /** The operator sets the graph is written against; the default domain is "". */
    opsetImport: many(8, "OperatorSetIdProto"),
    producerName: one(2, "string"),
    producerVersion: one(3, "string"),
    domain: one(4, "string"),
    modelVersion: one(5, "int64"),
    docString: one(6, "string"),
    graph: one(7, "GraphProto"),
    metadataProps: many(14, "StringStringEntryProto"),
    trainingInfo: many(20, "TrainingInfoProto"),
    functions: many(25, "FunctionProto"),
    configuration: many(26, "DeviceConfigurationProto"),
  },
  OperatorSetIdProto: { domain: one(1, "string"), version: one(2, "int64") },
  StringStringEntryProto: { key: one(1, "string"), value: one(2, "string") },

  GraphProto: {
    /** In topological order. */
    node: many(1, "NodeProto"),
    name: one(2, "string"),
    /** Constant values by name; from IR version 4 on they need not be inputs as well. */
    initializer: many(5, "TensorProto"),
    sparseInitializer: many(15, "SparseTensorProto"),
    docString: one(10, "string"),
    input: many(11, "ValueInfoProto"),
    output: many(12, "ValueInfoProto"),
    /** Types and shapes of intermediate values, where known. */
    valueInfo: many(13, "ValueInfoProto"),
    quantizationAnnotation: many(14, "TensorAnnotation"),
    metadataProps: many(16, "StringStringEntryProto"),
  },
  NodeProto: {
    /** Names of the values it reads; "" is an optional input left out. */
    input: many(1, "string"),
    /** Names of the values it writes; "" is an optional output not asked for. */
    output: many(2, "string"),
    name: one(3, "string"),
    opType: one(4, "string"),
    domain: one(7, "string"),
    overload: one(8, "string"),
    attribute: many(5, "AttributeProto"),
    docString: one(6, "string"),
    metadataProps: many(9, "StringStringEntryProto"),
    deviceConfigurations: many(10, "NodeDeviceConfigurationProto"),
  },
  AttributeProto: {
    name: one(1, "string"),
    /** In the body of a function: the function's attribute this one takes its value from. */
    refAttrName: one(21, "string"),
    docString: one(13, "string"),
    /** An AttributeType: which of the following holds the value. */
    type: one(20, "int32"),
    f: one(2, "float"),
    i: one(3, "wideInt64"),
    s: one(4, "bytes"),
    t: one(5, "TensorProto"),
    g: one(6, "GraphProto"),
    sparseTensor: one(22, "SparseTensorProto"),
    tp: one(14, "TypeProto"),
    floats: many(7, "float"),
    ints: many(8, "wideInt64"),
    strings: many(9, "bytes"),
    tensors: many(10, "TensorProto"),
    graphs: many(11, "GraphProto"),
    sparseTensors: many(23, "SparseTensorProto"),
    typeProtos: many(15, "TypeProto"),
  },
  FunctionProto: {
    name: one(1, "string"),
    input: many(4, "string"),
    output: many(5, "string"),
    attribute: many(6, "string"),
    attributeProto: many(11, "AttributeProto"),
    node: many(7, "NodeProto"),
    docString: one(8, "string"),
    opsetImport: many(9, "OperatorSetIdProto"),
    domain: one(10, "string"),
    overload: one(13, "string"),
    valueInfo: many(12, "ValueInfoProto"),
    metadataProps: many(14, "StringStringEntryProto"),
  },
  TrainingInfoProto: {
    initialization: one(1, "GraphProto"),
    algorithm: one(2, "GraphProto"),
    initializationBinding: many(3, "StringStringEntryProto"),
    updateBinding: many(4, "StringStringEntryProto"),
  },

  TensorProto: {
    dims: many(1, "int64"),
    /** The code of an element type (elements.ts). */
    dataType: one(2, "int32"),
    segment: one(3, "TensorProto.Segment"),
    floatData: packed(4, "floats"),
    int32Data: packed(5, "int32s"),
    stringData: many(6, "bytes"),
    int64Data: packed(7, "int64s"),
    name: one(8, "string"),
    docString: one(12, "string"),
    /** Little-endian elements in row-major order; a view of the file. */
    rawData: one(9, "bytes"),
    /** Where the elements are when `dataLocation` is 1: location, offset, length, checksum. */
    externalData: many(13, "StringStringEntryProto"),
    /** 0: here; 1: in the file that `externalData` names. */
    dataLocation: one(14, "int32"),
    doubleData: packed(10, "doubles"),
    uint64Data: packed(11, "uint64s"),
    metadataProps: many(16, "StringStringEntryProto"),
  },
  "TensorProto.Segment": { begin: one(1, "int64"), end: one(2, "int64") },
  SparseTensorProto: { values: one(1, "TensorProto"), indices: one(2, "TensorProto"), dims: many(3, "int64") },
  TensorAnnotation: {
    tensorName: one(1, "string"),
    quantParameterTensorNames: many(2, "StringStringEntryProto"),
  },

  ValueInfoProto: {
    name: one(1, "string"),
    type: one(2, "TypeProto"),
    docString: one(3, "string"),
    metadataProps: many(4, "StringStringEntryProto"),
  },
  /** One of its fields but `denotation` is set. */
  TypeProto: {
    tensorType: one(1, "TypeProto.Tensor"),
    sequenceType: one(4, "TypeProto.Sequence"),
    mapType: one(5, "TypeProto.Map"),
    optionalType: one(9, "TypeProto.Optional"),
    sparseTensorType: one(8, "TypeProto.SparseTensor"),
    opaqueType: one(7, "TypeProto.Opaque"),
    denotation: one(6, "string"),
  },
  "TypeProto.Tensor": { elemType: one(1, "int32"), shape: one(2, "TensorShapeProto") },
  "TypeProto.Sequence": { elemType: one(1, "TypeProto") },
  "TypeProto.Map": { keyType: one(1, "int32"), valueType: one(2, "TypeProto") },
  "TypeProto.Optional": { elemType: one(1, "TypeProto") },
  "TypeProto.SparseTensor": { elemType: one(1, "int32"), shape: one(2, "TensorShapeProto") },
  "TypeProto.Opaque": { domain: one(1, "string"), name: one(2, "string") },
  TensorShapeProto: { dim: many(1, "TensorShapeProto.Dimension") },
  "TensorShapeProto.Dimension": {
    /** A size that is known ... */
    dimValue: one(1, "int64"),
    /** ... or the name of one that is not. */
    dimParam: one(2, "string"),
    denotation: one(3, "string"),
  },

  DeviceConfigurationProto: { name: one(1, "string"), numDevices: one(2, "int32"), device: many(3, "string") },
  NodeDeviceConfigurationProto: {
    configurationId: one(1, "string"),
    shardingSpec: many(2, "ShardingSpecProto"),
    pipelineStage: one(3, "int32"),
  },
  ShardingSpecProto: {
    tensorName: one(1, "string"),
    device: many(2, "int64"),
    indexToDeviceGroupMap: many(3, "IntIntListEntryProto"),
    shardedDim: many(4, "ShardedDimProto"),
  },
  IntIntListEntryProto: { key: one(1, "int64"), value: many(2, "int64") },
  ShardedDimProto: { axis: one(1, "int64"), simpleSharding: many(2, "SimpleShardedDimProto") },
  SimpleShardedDimProto: { dimValue: one(1, "int64"), dimParam: one(2, "string"), numShards: one(3, "int64") },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>;

/** The table above. */
export type Messages = typeof messages;
/** The name of a message in the table. */
export type MessageName = keyof Messages;

/** Messages that a model has again and again with the same content: equal ones are one object once decoded. */
export const repeating: ReadonlySet<MessageName> = new Set([
  "AttributeProto",
  "TypeProto",
  "TensorShapeProto.Dimension",
]);

/** AttributeProto.AttributeType: which field of an attribute holds its value. */
export const attributeTypes = {
  f: 1,
  i: 2,
  s: 3,
  t: 4,
  g: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  tp: 13,
  typeProtos: 14,
} as const;

/** A field's name as onnx.proto writes it: `rawData` is `raw_data`. */
export const protoName = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
