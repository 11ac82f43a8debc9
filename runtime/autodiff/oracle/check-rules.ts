import { expect, test } from "@jest/globals";
import { input, type Input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model, type Output } from "../../graph/graph.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import { checkForTensorRT } from "../../graph/tensorrt/check.ts";
import { releases, type TensorRTVersion } from "../../graph/tensorrt/release.ts";
import { gradients } from "../gradients.ts";
import { evaluator, type Evaluator, type Fed } from "./evaluate.ts";
import { oracleRows, type OracleRow, type Sample } from "./rows.ts";

/** A function that torch has differentiated too: a row of gradients.py has the same name. */
export interface Story {
  readonly name: string;
  /** The function as graph code; its parameters are the inputs of the row, in their order. */
  readonly of: (...inputs: Input[]) => Value;
  readonly opset?: number;
  /** ONNX Runtime has no float64 kernel for it on the CPU: finite differences are then taken in float32. */
  readonly float32Only?: boolean;
  /** A kink at the given values: finite differences say nothing there. */
  readonly kink?: boolean;
  /** What TensorRT's parser does not take of its gradient. */
  readonly beyondTensorRT?: readonly string[];
}

const releaseNames = Object.keys(releases) as TensorRTVersion[];

/** The function of a story and its gradients as one model: outputs y, and "d a" for an input a. */
function modelOfStory(story: Story, row: OracleRow, type: "float32" | "float64"): Model {
  const inputs = Object.entries(row.inputs).map(([name, { dims }]) => input(name, type, dims));
  const seed = input("seed", type, row.output.dims);
  const opset = story.opset ?? 18;
  const y = story.of(...inputs);
  const of = (outputs: readonly Output[]): Model =>
    modelOf({ name: "story", inputs: [...inputs, seed], outputs }, { opset, irVersion: 8, producer: "facefleet" });
  const output: Output = { name: "y", value: y, type };
  const found = gradients({ of: y, wrt: inputs, types: inferTypes(of([output])), opset, seed });
  const derived = inputs.flatMap((given): Output[] => {
    const value = found.get(given);
    return value === undefined ? [] : [{ name: `d ${given.name}`, value, type }];
  });
  return of([output, ...derived]);
}

/** One test for each row of a kind: against torch, against finite differences, and what TensorRT's parser takes. */
export function checkRules(kind: string, stories: readonly Story[]): void {
  const rows = oracleRows(kind);
  test("torch has differentiated the same functions", () =>
    expect(stories.map(({ name }) => name).sort()).toEqual([...rows.keys()].sort()));
  test.each(stories)("$name: as torch", async (story) => {
    const row = rows.get(story.name)!;
    const model = await evaluator(modelOfStory(story, row, "float32"));
    const results = await model.run(feedsOf(row));
    expect(distance(results.y!, row.output.values)).toBeLessThan(1e-5);
    for (const [name, theirs] of Object.entries(row.gradients)) {
      const ours = results[`d ${name}`];
      if (theirs === null) expect(ours).toBeUndefined();
      else expect(distance(ours ?? theirs.map(() => 0), theirs)).toBeLessThan(1e-5);
    }
  });
  test.each(stories.filter(({ kink }) => kink !== true))("$name: as finite differences", async (story) => {
    const type = story.float32Only === true ? "float32" : "float64";
    const row = rows.get(story.name)!;
    const model = await evaluator(modelOfStory(story, row, type), type);
    const [step, bound] = type === "float64" ? [1e-6, 1e-6] : [2 ** -7, 2e-3];
    for (const [name, theirs] of Object.entries(row.gradients)) {
      const direction = directionOf(row.inputs[name]!);
      const { slope, scale } = await slopes({ model, row, name, direction, step });
      if (theirs !== null) expect(Math.abs(slope.gradient - slope.difference)).toBeLessThan(bound * scale);
    }
  });
  test.each(stories)("$name: as TensorRT takes it", (story) => {
    const model = modelOfStory(story, rows.get(story.name)!, "float32");
    expect(problemsOf(model)).toEqual(story.beyondTensorRT ?? []);
  });
}

/** What TensorRT does not take of the gradients; what it does not take of the function itself is not theirs. */
function problemsOf(model: Model): readonly string[] {
  const forward = { ...model, graph: { ...model.graph, outputs: model.graph.outputs.slice(0, 1) } };
  const problems = (of: Model): readonly string[] =>
    releaseNames.flatMap((release) =>
      checkForTensorRT(of, inferTypes(of), release).map(
        ({ opType, problem }) => `${release} ${opType ?? ""}: ${problem}`,
      ),
    );
  const known = new Set(problems(forward));
  return problems(model).filter((problem) => !known.has(problem));
}

const feedsOf = ({ inputs, seed, output }: OracleRow): Record<string, Fed> => ({
  ...inputs,
  seed: { dims: output.dims, values: seed },
});

interface Along {
  readonly model: Evaluator;
  readonly row: OracleRow;
  readonly name: string;
  readonly direction: readonly number[];
  readonly step: number;
}

/** The slope of seed * y along a direction of one input, by its gradient and by central differences. */
async function slopes({ model, row, name, direction, step }: Along): Promise<{
  readonly slope: { readonly gradient: number; readonly difference: number };
  readonly scale: number;
}> {
  const moved = async (by: number): Promise<number> => {
    const { dims, values } = row.inputs[name]!;
    const fed = { dims, values: values.map((value, index) => value + by * direction[index]!) };
    return dot((await model.run({ ...feedsOf(row), [name]: fed })).y!, row.seed);
  };
  const gradient = (await model.run(feedsOf(row)))[`d ${name}`] ?? direction.map(() => 0);
  const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
  return { slope: { gradient: dot(gradient, direction), difference }, scale: 1 + norm(gradient) * norm(direction) };
}

/** A direction that is no axis and no diagonal. */
const directionOf = ({ values }: Sample): readonly number[] => values.map((_, index) => Math.cos(1 + 2.4 * index));

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + value * b[index]!, 0);
const norm = (a: readonly number[]): number => Math.sqrt(dot(a, a));

/** The largest difference, relative to the largest value of theirs. */
function distance(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length) return Infinity;
  const largest = Math.max(...theirs.map(Math.abs), 1e-30);
  return Math.max(0, ...ours.map((value, index) => Math.abs(value - theirs[index]!))) / largest;
}
