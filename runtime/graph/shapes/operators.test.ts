import { describe, expect, test } from "@jest/globals";
import type { TensorType } from "../type.ts";
import { inferTypes } from "./infer.ts";
import { actualTypes, isMade } from "./oracle/actual.ts";
import { modelOfCase, sizes, type Case } from "./oracle/case.ts";
import { cases } from "./oracle/cases.ts";
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

describe("ONNX Runtime makes what was inferred", () => {
  const runnable = cases.filter(({ notRun }) => notRun === undefined);
  test.each(runnable.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const actual = await actualTypes(modelOfCase(each), sizes);
    for (const known of [inferred(each), inferred(each, { sizes })])
      expect({
        known: known.map(described),
        actual: actual.map(described),
        made: known.every((type, place) => isMade(type, actual[place]!, sizes)),
      }).toMatchObject({ made: true });
  });
});

/** The cases of opset 17 that ONNX Runtime takes in another opset too, with what it makes of them. */
async function takenIn(opset: number): Promise<readonly { each: Case; actual: readonly TensorType[] }[]> {
  const taken: { each: Case; actual: readonly TensorType[] }[] = [];
  for (const each of cases.filter((candidate) => candidate.opset === 17 && candidate.notRun === undefined)) {
    const other = { ...each, opset };
    const actual = await actualTypes(modelOfCase(other), sizes).catch(() => undefined);
    if (actual !== undefined) taken.push({ each: other, actual });
  }
  return taken;
}

test.each([11, 13, 21, 26])("what is inferred in opset %i is what ONNX Runtime makes", async (opset) => {
  const taken = await takenIn(opset);
  const wrong = taken.filter(({ each, actual }) =>
    inferred(each).some((type, place) => !isMade(type, actual[place]!, sizes)),
  );
  expect(wrong.map(({ each }) => each.name)).toEqual([]);
  expect(taken.length).toBeGreaterThan(230);
});
