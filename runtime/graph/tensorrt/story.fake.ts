import { expect, test } from "@jest/globals";
import { application, apply, input, type Result, type Value } from "../expression.ts";
import type { ElementType } from "../elements.ts";
import { modelOf, type Graph, type Model } from "../graph.ts";
import { numbers } from "../literals.ts";
import { inferTypes } from "../shapes/infer.ts";
import { applicationsOf } from "../topology.ts";
import { checkForTensorRT } from "./check.ts";
import type { Limit } from "./limit.ts";
import { describeProblem } from "./problem.ts";
import { isSince, versions, type TensorRTVersion } from "./release.ts";

/** Inputs of the models of the stories. */
export const image = input("image", "float32", ["N", 8, 14, 14]);
export const sequence = input("sequence", "float32", ["N", 8, 14]);
export const list = input("list", "float32", ["L"]);

/** A model, and what a release says of it, from some word on; those that are not named take it. */
export interface Story {
  readonly name: string;
  readonly made: readonly (Value | undefined)[];
  readonly says?: Partial<Readonly<Record<TensorRTVersion, RegExp>>>;
  /** Of the model; 17 where it is left out. */
  readonly opset?: number;
}

/** What every release says. */
export const all = (pattern: RegExp): Required<Story>["says"] => ({ "10.3": pattern, "10.16": pattern, "11": pattern });

/** What releases before 11 say. */
export const before11 = (pattern: RegExp): Required<Story>["says"] => ({ "10.3": pattern, "10.16": pattern });

export const scalar = (type: ElementType, value: number): Value => numbers(type, [], [value]);
export const repeated = (type: ElementType, dims: readonly number[], value: number): Value =>
  numbers(type, dims, Array<number>(dims.reduce((product, dim) => product * dim, 1)).fill(value));

/** A value that is not known before the model runs. */
export const computed = (type: 6 | 7, values: number): Value =>
  apply("Cast", [apply("Slice", [list, numbers("int64", [1], [0]), numbers("int64", [1], [values])])], { to: type });

/** A model that gives these values. */
export function modelWith(results: readonly (Value | undefined)[], opset = 17): Model {
  const values = results.filter((value) => value !== undefined);
  const outputs = values.map((value, index) => ({ name: `output${index}`, value }));
  const graph: Graph = { name: "story", inputs: [image, sequence, list], outputs };
  return modelOf(graph, { opset, irVersion: 8, producer: "test" });
}

/** A choice between two values, which are made of what is around the branches by `outer`. */
export const choice = (...branches: readonly [readonly Value[], readonly Value[]]): readonly (Result | undefined)[] =>
  application({
    opType: "If",
    inputs: [apply("Greater", [apply("ReduceMax", [image], { keepdims: 0 }), scalar("float32", 0)])],
    bodies: branches.map((values, index) => {
      const name = index === 0 ? "then_branch" : "else_branch";
      const outputs = values.map((value, place) => ({ name: `${name}_${place}`, value }));
      return { attribute: name, graph: { name, inputs: [], outputs } };
    }),
    outputs: branches[0].length,
  }).results;

/** A value as a body sees it. */
export const outer = (value: Value): Value => ({ kind: "Outer", value });

export const problemsOf = (model: Model, version: TensorRTVersion): readonly string[] =>
  checkForTensorRT(model, inferTypes(model), version).map(describeProblem);

/** A test for each story, and one that each of the limits has a story in which it is passed. */
export function tell(stories: readonly Story[], limits: readonly Limit[] = []): void {
  test.each(stories)("$name", ({ made, says = {}, opset }) => {
    for (const version of versions) {
      const problems = problemsOf(modelWith(made, opset), version);
      const pattern = says[version];
      if (pattern === undefined) expect([version, problems]).toEqual([version, []]);
      else expect([version, problems.join("\n")]).toEqual([version, expect.stringMatching(pattern)]);
    }
  });
  if (limits.length > 0)
    test("every limit has a story", () => {
      expect(limits.filter((limit) => !stories.some((story) => isPassed(limit, story)))).toEqual([]);
    });
}

function isPassed({ operators, until, broken }: Limit, { made, opset = 17 }: Story): boolean {
  const model = modelWith(made, opset);
  const types = inferTypes(model);
  const version = versions.find((each) => until === undefined || !isSince(each, until)) ?? "11";
  return applicationsOf(model.graph).some(
    (each) => operators.includes(each.opType) && broken({ made: each, types, version, opset }) !== undefined,
  );
}
