import { describe, expect, test } from "@jest/globals";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../codec/encode.ts";
import { elements, type ElementType, type TypedArray } from "../elements.ts";
import type { Input } from "../expression.ts";
import type { Model } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import type { TensorType } from "../type.ts";
import { writeModel } from "../write.ts";
import { inferTypes } from "./infer.ts";
import { modelOfCase, sizes, type Case } from "./oracle/case.ts";
import { cases } from "./oracle/cases.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { described, readExpected, saysAll } from "./oracle/expected.ts";

const expected = readExpected();

const inferred = (each: Case, options = {}): readonly (TensorType | undefined)[] => {
  const model = modelOfCase(each);
  const types = inferTypes(model, options);
  return each.outputs.map((value) => types.of(value));
};

describe("every output is known at least as well as onnx.shape_inference knows it", () => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", (name, each) => {
    const theirs = expected[name]!;
    const ours = inferred(each);
    const agrees = "error" in theirs ? false : theirs.every((known, place) => saysAll(ours[place], known));
    // A disagreement that is not written down, and one written down that is none, are both wrong.
    expect({ theirs, ours: ours.map(described), agrees }).toMatchObject({ agrees: each.disagrees === undefined });
  });

  test("and no answer of the oracle is left over", () => {
    expect(Object.keys(expected).sort()).toEqual(cases.map(({ name }) => name).sort());
  });
});

/** Small positive numbers; indices and sizes that are inputs are 0 or 1. */
function dataOf({ type, dims = [] }: Input): Tensor {
  const shape = dims.map((dim) => (typeof dim === "number" ? dim : sizes[dim]!));
  const count = sizeOf(shape);
  const { array } = elements[type!];
  const values = Array.from({ length: count }, (_, place) => fill(type!, place));
  const data = (array.from as (values: ArrayLike<number | bigint>) => TypedArray)(values);
  return new Tensor(type as "float32", data as Float32Array, shape);
}

function fill(type: ElementType, place: number): number | bigint {
  if (type === "int64") return 0n;
  if (type === "float32" || type === "float64") return (place % 7) / 8 + 0.1;
  return type === "bool" ? 1 : 0;
}

async function run(model: Model): Promise<readonly TensorType[]> {
  const bytes = encodeModel(writeModel(model));
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const given = model.graph.inputs.map((input) => [input.name, dataOf(input)] as const);
  const results = await session.run(Object.fromEntries(given));
  await session.release();
  return model.graph.outputs.map(({ name }) => {
    const { type, dims } = results[name]!;
    return { type: type as ElementType, dims };
  });
}

/** A type with numbers for names; -1 for a size that is not known. */
const bound = (known: TensorType | undefined) => ({
  type: known?.type,
  dims: known?.dims?.map((dim) => (typeof dim === "number" ? dim : (evaluate(dim, sizes) ?? -1))),
});

const matching = (actual: TensorType, known: ReturnType<typeof bound>) => ({
  type: actual.type,
  dims: known.dims === undefined ? undefined : actual.dims!.map((size, axis) => (known.dims![axis] === -1 ? -1 : size)),
});

describe("ONNX Runtime makes what was inferred", () => {
  const runnable = cases.filter(({ notRun }) => notRun === undefined);
  test.each(runnable.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const actual = await run(modelOfCase(each));
    for (const types of [inferred(each), inferred(each, { sizes })].map((known) => known.map(bound)))
      expect(types).toEqual(actual.map((type, place) => matching(type, types[place]!)));
  });
});
