import { describe, expect, test } from "@jest/globals";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { decodeMessage, decodeModel } from "./decode.ts";
import { encodeMessage, encodeModel, encodeModelPieces } from "./encode.ts";
import { ModelFormatError } from "./format-error.ts";
import type { Limits } from "./limits.ts";
import { messages, type Field, type MessageName } from "./schema.ts";

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: "grapheme" }),
  bytes: fc.uint8Array({ maxLength: 40 }),
  float: fc.float(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  wideInt64: fc.oneof(fc.maxSafeInteger(), fc.bigInt(2n ** 53n, 2n ** 63n - 1n), fc.bigInt(-(2n ** 63n), -(2n ** 53n))),
  floats: fc.float32Array({ maxLength: 9 }),
  doubles: fc.float64Array({ maxLength: 9 }),
  int32s: fc.int32Array({ maxLength: 9 }),
  int64s: fc.bigInt64Array({ maxLength: 9 }),
  uint64s: fc.bigUint64Array({ maxLength: 9 }),
};

/** Any message of that name, with what decoding gives: all its lists, and single fields only if there. */
function arbitrary(name: MessageName, depth: number): fc.Arbitrary<object> {
  const lists: Record<string, fc.Arbitrary<unknown>> = {};
  const singles: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [key, { kind, label }] of Object.entries<Field>(messages[name])) {
    const value = scalars[kind] ?? (depth > 0 ? arbitrary(kind as MessageName, depth - 1) : undefined);
    if (label === "many") lists[key] = value === undefined ? fc.constant([]) : fc.array(value, { maxLength: 2 });
    else if (value !== undefined) singles[key] = value;
  }
  return fc
    .tuple(fc.record(lists), fc.record(singles, { requiredKeys: [] }))
    .map(([many, one]) => ({ ...many, ...one }));
}

/** A file of fields that we write by hand. */
function bytesOf(write: (writer: BinaryWriter) => unknown): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

describe("round trip", () => {
  test.each(Object.keys(messages) as MessageName[])("%s comes back as it was written", (name) => {
    fc.assert(
      fc.property(arbitrary(name, 2), (message) => {
        expect(decodeMessage(name, encodeMessage(name, message))).toEqual(message);
      }),
      { numRuns: 30 },
    );
  });

  test("numbers are written as the library writes them", () => {
    const integers = fc.array(
      fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-300n, 300n), fc.bigInt(0n, 2n ** 36n)),
    );
    fc.assert(
      fc.property(integers, (values) => {
        const packed = bytesOf((w) => values.forEach((value) => w.int64(value)));
        const expected = bytesOf((w) => w.tag(7, WireType.LengthDelimited).bytes(packed));
        expect(encodeMessage("TensorProto", { int64Data: BigInt64Array.from(values) })).toEqual(expected);
      }),
    );
  });

  test("a file of many chunks comes back, whatever lies where they meet", () => {
    const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: "grapheme", minLength: 40, maxLength: 90 }));
    const node = fc.record({ name: text, docString: text, input: fc.array(text, { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(node, { minLength: 5, maxLength: 20 }), fc.nat(5000), (nodes, size) => {
        const rawData = new Uint8Array(size).fill(1);
        const attribute = [{ name: "t", t: { rawData } }];
        const many = Array.from({ length: 60 }, () => nodes)
          .flat()
          .map((each) => ({ ...each, attribute }));
        const model = decodeModel(encodeModel({ graph: { node: many } }));
        expect(model.graph!.node.map(({ name, docString, input }) => ({ name, docString, input }))).toEqual(
          many.map(({ name, docString, input }) => ({ name, docString, input })),
        );
        expect(model.graph!.node.every(({ attribute: [found] }) => found!.t!.rawData!.length === size)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test("equal names are one string, and differing ones are not", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `value_${index % 15_000}`);
    expect(decodeMessage("NodeProto", encodeMessage("NodeProto", { input: names })).input).toEqual(names);
  });

  test("messages that come again come back, whatever lies between them", () => {
    const size = fc.oneof(
      fc.record({ dimValue: fc.nat(300) }),
      fc.record({ dimParam: fc.constantFrom("N", "H", "é") }),
    );
    const type = fc.array(size, { maxLength: 3 }).map((dim) => ({ tensorType: { elemType: 1, shape: { dim } } }));
    const attribute = fc.record({
      name: fc.constantFrom("pads", "axes"),
      ints: fc.array(fc.nat(200), { maxLength: 9 }),
    });
    const pools = fc.tuple(fc.array(type, { minLength: 1 }), fc.array(attribute, { minLength: 1 }));
    fc.assert(
      fc.property(pools, fc.integer({ min: 1, max: 3000 }), fc.nat(40), ([types, attributes], count, gap) => {
        const graph = {
          node: Array.from({ length: count }, (_, index) => ({
            name: "n".repeat((index * gap) % 90),
            attribute: [attributes[index % attributes.length]!],
          })),
          valueInfo: Array.from({ length: count }, (_, index) => ({ type: types[index % types.length]! })),
        };
        const file = encodeModel({ graph });
        const model = decodeModel(file);
        expect(model).toMatchObject({ graph });
        expect(encodeModel(model)).toEqual(file);
      }),
      { numRuns: 20 },
    );
  });

  test("equal bytes are read as what their place asks for", () => {
    const type = { tensorType: { elemType: 1 } };
    const attribute = { name: "\b\u0001" };
    expect(encodeMessage("AttributeProto", attribute)).toEqual(encodeMessage("TypeProto", type));
    const graph = { node: [{ attribute: [attribute] }], valueInfo: [{ type }, { type }] };
    expect(decodeModel(encodeModel({ graph }))).toMatchObject({ graph });
  });

  test("pieces are the file, and the bytes of a big tensor are not copied", () => {
    const rawData = new Uint8Array(10_000).fill(7);
    const model = { irVersion: 8, graph: { initializer: [{ name: "w", dims: [10_000], dataType: 2, rawData }] } };
    const pieces = encodeModelPieces(model);
    expect(Buffer.concat(pieces).equals(encodeModel(model))).toBe(true);
    expect(pieces.some((piece) => piece.buffer === rawData.buffer)).toBe(true);
  });

  test("tensors are views of the file", () => {
    const file = encodeModel({ graph: { initializer: [{ name: "w", rawData: new Uint8Array(64) }] } });
    expect(decodeModel(file).graph!.initializer[0]!.rawData!.buffer).toBe(file.buffer);
  });

  test("fields we do not know are kept, at every depth", () => {
    const graph = bytesOf((w) => w.tag(2, WireType.LengthDelimited).string("g").tag(900, WireType.Bit32).float(1.5));
    const file = bytesOf((w) =>
      w.tag(7, WireType.LengthDelimited).bytes(graph).tag(901, WireType.LengthDelimited).string("from the future"),
    );
    const model = decodeModel(file);
    expect(model.unknown).toMatchObject([{ number: 901 }]);
    expect(model.graph!.unknown).toMatchObject([{ number: 900 }]);
    expect(encodeModel(model)).toEqual(file);
  });

  test("numbers that onnx.proto packs are read unpacked too, and the other way round", () => {
    const unpacked = bytesOf((w) => [0.5, -2].forEach((value) => w.tag(4, WireType.Bit32).float(value)));
    expect(decodeMessage("TensorProto", unpacked).floatData).toEqual(Float32Array.of(0.5, -2));
    const packed = bytesOf((w) => w.tag(1, WireType.LengthDelimited).bytes(Uint8Array.of(3, 0x80, 1)));
    expect(decodeMessage("TensorProto", packed).dims).toEqual([3, 128]);
  });
});

const nested = (depth: number): object => (depth === 0 ? {} : { attribute: [{ g: { node: [nested(depth - 1)] } }] });
const nestedModel = (depth: number): Uint8Array => encodeModel({ graph: { node: [nested(depth)] } });
const whole = encodeModel({
  graph: { node: [{}, { name: "n", attribute: [{ name: "a", t: { dims: [2], rawData: new Uint8Array(80) } }] }] },
});
const varint = (...bytes: number[]): Uint8Array => Uint8Array.of(...bytes);

interface Refused {
  readonly story: string;
  readonly file: Uint8Array;
  readonly limits?: Partial<Limits>;
  readonly path: string;
  readonly problem: RegExp;
}

const refusals: readonly Refused[] = [
  {
    story: "a text file",
    file: Buffer.from("hello, I am no model"),
    path: "",
    problem: /not valid protobuf|wire type/,
  },
  { story: "a file cut off in a tensor", file: whole.subarray(0, 60), path: "graph", problem: /bytes end/ },
  {
    story: "a length beyond the end of its message",
    file: bytesOf((w) => w.tag(7, WireType.LengthDelimited).bytes(varint(0x0a, 0x7f))),
    path: "graph.node[0]",
    problem: /bytes end/,
  },
  {
    story: "a value that runs into the next message",
    file: bytesOf((w) =>
      w.tag(7, WireType.LengthDelimited).bytes(varint(0x12, 0x03)).tag(2, WireType.LengthDelimited).string("abcdef"),
    ),
    path: "graph",
    problem: /longer than the message/,
  },
  { story: "a varint without an end", file: varint(0x08, 0xff, 0xff), path: "ir_version", problem: /bytes end|varint/ },
  {
    story: "a graph given twice",
    file: Buffer.concat([whole, whole]),
    path: "graph",
    problem: /given twice/,
  },
  {
    story: "a string where a number belongs",
    file: bytesOf((w) => w.tag(1, WireType.LengthDelimited).string("8")),
    path: "ir_version",
    problem: /wire type 2, and onnx.proto says 0/,
  },
  {
    story: "a name that is not UTF-8",
    file: bytesOf((w) => w.tag(2, WireType.LengthDelimited).bytes(varint(0xff, 0xfe))),
    path: "producer_name",
    problem: /not valid protobuf/,
  },
  {
    story: "a version beyond the numbers JavaScript has",
    file: bytesOf((w) => w.tag(1, WireType.Varint).int64(2n ** 60n)),
    path: "ir_version",
    problem: /beyond 2\^53/,
  },
  { story: "subgraphs nested without end", file: nestedModel(40), path: "graph.node[0]", problem: /deeper than 100/ },
  {
    story: "more fields than are allowed",
    file: encodeModel({ graph: { node: Array.from({ length: 50 }, () => ({})) } }),
    limits: { fields: 20 },
    path: "graph",
    problem: /more than 20 fields/,
  },
  {
    story: "more fields than are allowed, in messages that come again",
    file: encodeModel({ graph: { node: [{ attribute: Array.from({ length: 50 }, () => ({ name: "a", i: 1 })) }] } }),
    limits: { fields: 20 },
    path: "graph.node[0].attribute[6]",
    problem: /more than 20 fields/,
  },
  {
    story: "a message that came before where there was room for what it holds",
    file: encodeModel({ graph: { node: [nested(1), nested(33)] } }),
    path: `graph.node[1]${".attribute[0].g.node[0]".repeat(32)}.attribute[0].g`,
    problem: /deeper than 100/,
  },
  {
    story: "an item of a list that goes on after another field",
    file: bytesOf((w) =>
      w
        .tag(7, WireType.LengthDelimited)
        .bytes(
          bytesOf((g) =>
            g
              .tag(1, WireType.LengthDelimited)
              .string("")
              .tag(1, WireType.LengthDelimited)
              .string("")
              .tag(2, WireType.LengthDelimited)
              .string("g")
              .tag(1, WireType.LengthDelimited)
              .bytes(varint(0x08, 0x01)),
          ),
        ),
    ),
    path: "graph.node[2].input",
    problem: /wire type 0/,
  },
  { story: "a file larger than is allowed", file: whole, limits: { bytes: 50 }, path: "", problem: /limit is 50/ },
  {
    story: "half a float",
    file: bytesOf((w) =>
      w
        .tag(7, WireType.LengthDelimited)
        .bytes(bytesOf((g) => g.tag(5, WireType.LengthDelimited).bytes(varint(0x22, 0x02, 0, 0)))),
    ),
    path: "graph.initializer[0].float_data",
    problem: /no whole number of 4-byte/,
  },
];

describe("refused with the name of the field", () => {
  test.each(refusals)("$story", ({ file, limits, path, problem }) => {
    let error: unknown;
    try {
      decodeModel(file, limits);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ModelFormatError);
    expect((error as ModelFormatError).path.startsWith(path)).toBe(true);
    expect((error as ModelFormatError).problem).toMatch(problem);
  });

  test("any model cut off anywhere, or with any byte changed, is read or refused by name, never worse", () => {
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(255), fc.boolean(), (place, byte, cut) => {
        const file = cut ? whole.slice(0, place) : whole.map((old, i) => (i === place ? byte : old));
        try {
          decodeModel(file);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("any bytes are read or refused by name", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (file) => {
        try {
          decodeModel(file);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFormatError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
