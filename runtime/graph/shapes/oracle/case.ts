import { encodeModel } from "../../codec/encode.ts";
import type { ElementType } from "../../elements.ts";
import {
  application,
  attributesOf,
  constant,
  input,
  type Attributes,
  type Body,
  type Value,
} from "../../expression.ts";
import { modelOf, type Graph, type Model } from "../../graph.ts";
import { tensor } from "../../tensor.ts";
import { applicationsOf, operandsOf } from "../../topology.ts";
import type { Dim } from "../../type.ts";
import { writeModel } from "../../write.ts";

/** One graph of few operators whose types are compared with onnx and with what ONNX Runtime makes of it. */
export interface Case {
  readonly name: string;
  readonly outputs: readonly Value[];
  readonly opset: number;
  /** Why ONNX Runtime's CPU provider does not run it. */
  readonly notRun?: string;
  /** Why onnx.shape_inference says something else. */
  readonly disagrees?: string;
}

interface Applying {
  readonly opset?: number;
  readonly domain?: string;
  readonly outputs?: number;
  readonly bodies?: readonly Body[];
  readonly notRun?: string;
  readonly disagrees?: string;
}

/** What the names of sizes stand for when a case runs. */
export const sizes: Readonly<Record<string, number>> = { N: 2, C: 3, H: 9, W: 11, L: 5, M: 4, K: 6, I: 1 };

const short: Readonly<Record<string, ElementType>> = { f32: "float32", f16: "float16", f64: "float64", ...whole() };

function whole(): Record<string, ElementType> {
  return { i64: "int64", i32: "int32", i8: "int8", u8: "uint8", bool: "bool" };
}

let inputs = 0;

/** An input from how messages would have it: "f32[N,3,H,W]". */
export function given(text: string): Value {
  const [, type, list] = /^(\w+)\[(.*)\]$/.exec(text) ?? [];
  const dims = (list ?? "").split(",").filter((dim) => dim !== "");
  return input(
    `x${inputs++}`,
    short[type!]!,
    dims.map((dim): Dim => (/^\d+$/.test(dim) ? Number(dim) : dim)),
  );
}

/** Constants of integers, of floating-point numbers, and of one of each. */
export const ints = (...values: (number | bigint)[]): Value =>
  constant(tensor(undefined, "int64", [values.length], BigInt64Array.from(values, BigInt)));
export const floats = (...values: number[]): Value =>
  constant(tensor(undefined, "float32", [values.length], Float32Array.from(values)));
export const int = (value: number): Value => constant(tensor(undefined, "int64", [], BigInt64Array.of(BigInt(value))));
export const number = (value: number): Value => constant(tensor(undefined, "float32", [], Float32Array.of(value)));
export const flag = (value: boolean): Value => constant(tensor(undefined, "bool", [], Uint8Array.of(Number(value))));
export const bytes = (type: "uint8" | "int8", value: number, ...dims: number[]): Value =>
  constant(
    tensor(
      undefined,
      type,
      dims,
      new { uint8: Uint8Array, int8: Int8Array }[type](dims.reduce((a, b) => a * b, 1)).fill(value),
    ),
  );

type Given = Value | string | undefined;

/** The results of an operator on inputs written as text, or made by other operators. */
export function results(
  opType: string,
  inputs: readonly Given[],
  attributes: Attributes = {},
  options: Applying = {},
): readonly Value[] {
  const { domain = "", outputs = 1, bodies = [] } = options;
  const values = inputs.map((each) => (typeof each === "string" ? given(each) : each));
  const made = application({ opType, domain, inputs: values, attributes: attributesOf(attributes), outputs, bodies });
  return made.results as readonly Value[];
}

/** The first of them. */
export const result = (...of: Parameters<typeof results>): Value => results(...of)[0]!;

/** A case of one operator; opset 17 where nothing else is said. */
export function op(
  name: string,
  opType: string,
  inputs: readonly Given[],
  attributes: Attributes = {},
  { opset = 17, notRun, disagrees, ...options }: Applying = {},
): Case {
  return {
    ...{
      name: `${options.domain === undefined ? "" : `${options.domain} `}${opType}: ${name}`,
      opset,
      outputs: results(opType, inputs, attributes, options),
    },
    ...(notRun !== undefined && { notRun }),
    ...(disagrees !== undefined && { disagrees }),
  };
}

/** A case of several operators. */
export const chain = (
  name: string,
  outputs: readonly Value[],
  options: Pick<Case, "notRun" | "disagrees"> = {},
): Case => ({
  ...{ name, outputs, opset: 17 },
  ...options,
});

/** The model of a case: its inputs are those that its outputs need. */
export function modelOfCase({ outputs, opset }: Case): Model {
  const named = outputs.map((value, place) => ({ name: `y${place}`, value }));
  const graph: Graph = { name: "case", inputs: [], outputs: named };
  const values = new Set([...applicationsOf(graph).flatMap(operandsOf), ...outputs]);
  const given = [...values].filter((value) => value.kind === "Input");
  const model = modelOf({ ...graph, inputs: given }, { opset, irVersion: 10, producer: "facefleet" });
  return { ...model, opsets: new Map([...model.opsets, ["com.microsoft", 1]]) };
}

/** What the script beside this reads: models by name, as base64. */
export const oracleInput = (cases: readonly Case[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    cases.map((each) => [each.name, Buffer.from(encodeModel(writeModel(modelOfCase(each)))).toString("base64")]),
  );
