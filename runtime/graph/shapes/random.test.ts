import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { inferTypes } from "./infer.ts";
import { actualTensors, isMade } from "./oracle/actual.ts";
import { modelOfCase, sizes, type Case } from "./oracle/case.ts";
import { mistakesIn } from "./oracle/contents.ts";
import { randomLayers } from "./oracle/random-layers.ts";
import { randomLists } from "./oracle/random-lists.ts";
import type { ElementType } from "../elements.ts";

/** Which graphs are made: the same ones every time, so that what is taken of them can be counted. */
const seed = 1;

/** What is inferred of a case and is not what ONNX Runtime makes; undefined where it does not take the model. */
async function mistakes(each: Case): Promise<readonly string[] | undefined> {
  const model = modelOfCase(each);
  const actual = await actualTensors(model, sizes).catch(() => undefined);
  return (
    actual &&
    [{}, { sizes }].flatMap((options) => {
      const types = inferTypes(model, options);
      return each.outputs.flatMap((value, place) => {
        const [known, made] = [types.of(value), actual[place]!];
        const type = { type: made.type as ElementType, dims: made.dims };
        const wrong = isMade(known, type, sizes) ? [] : [`${JSON.stringify(known)} and not ${JSON.stringify(type)}`];
        return [...wrong, ...mistakesIn(types.valuesOf(value), made, sizes)];
      });
    })
  );
}

/** Checks cases at random. @returns the share of them that ONNX Runtime took. */
async function check(cases: fc.Arbitrary<Omit<Case, "name">>, numRuns: number): Promise<number> {
  let [taken, all] = [0, 0];
  await fc.assert(
    fc.asyncProperty(cases, async (each) => {
      const found = await mistakes({ name: "", ...each });
      all++;
      if (found !== undefined) taken++;
      expect(found ?? []).toEqual([]);
    }),
    { seed, numRuns },
  );
  return taken / all;
}

test("lists that random graphs compute of sizes hold what ONNX Runtime computes", async () => {
  const graphs = randomLists.map((lists) => ({ opset: 17, outputs: lists.map(({ value }) => value) }));
  expect(await check(graphs, 300)).toBeGreaterThan(0.9);
});

test("layers of random attributes have the shapes that ONNX Runtime makes", async () => {
  expect(await check(randomLayers, 400)).toBeGreaterThan(0.85);
});
