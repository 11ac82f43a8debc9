import { describe, expect, test } from "@jest/globals";
import { constant, input, apply, type Value } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { tensor } from "../graph/tensor.ts";
import { moreDamagingThan, rankLayers } from "./sensitivity.ts";
import { onnxRuntimeSessions, type Batch } from "./session.ts";

const open = onnxRuntimeSessions({ threads: 1 });
const rows = 8;
const batches = (): Batch[] => [
  { x: { type: "float32", dims: [rows, 4], data: Float32Array.from({ length: rows * 4 }, (_, i) => Math.sin(i * 7)) } },
];

/** A layer that only turns its input, and one whose input has one element far beyond the others. */
function model(names = { harmless: "harmless", harmful: "harmful" }): Model {
  const x = input("x", "float32", ["N", 4]);
  const layer = (name: string, value: Value, values: readonly number[]) =>
    apply("MatMul", [value, constant(tensor(`${name}.w`, "float32", [4, 4], Float32Array.from(values)))], {}, { name });
  const identity = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const harmless = layer(names.harmless, x, identity);
  const spike = apply("Add", [harmless, constant(tensor("spike", "float32", [4], Float32Array.of(0, 0, 0, 200)))]);
  const harmful = layer(
    names.harmful,
    spike,
    identity.map((value, i) => (i === 15 ? 0 : value)),
  );
  const graph = { name: "g", inputs: [x], outputs: [{ name: "y", value: harmful }] };
  return modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
}

describe("the ranking of layers by the damage that each does alone", () => {
  test("puts the one first whose input has a spike, with what it does", async () => {
    const progress: number[] = [];
    const ranking = await rankLayers(model(), {
      ...{ target: "TensorRT", method: { kind: "MinMax" }, batches, open },
      onProgress: ({ layers }) => progress.push(layers),
    });
    expect(ranking.map(({ node, operator }) => [node, operator])).toEqual([
      ["harmful", "MatMul"],
      ["harmless", "MatMul"],
    ]);
    const [harmful, harmless] = ranking;
    expect(harmful!.damage).toBeGreaterThan(100 * harmless!.damage);
    expect(harmful!.worst).toBeGreaterThanOrEqual(harmful!.damage);
    expect(harmful!.decibels).toBeLessThan(harmless!.decibels);
    expect(progress).toEqual([1, 2]);
    expect(moreDamagingThan(ranking, 0.01)).toEqual([{ node: "harmful" }]);
  });

  test("ranks layers of one name as one", async () => {
    const options = { target: "TensorRT", method: { kind: "MinMax" }, batches, open } as const;
    const ranking = await rankLayers(model({ harmless: "same", harmful: "same" }), options);
    const [worst] = await rankLayers(model(), options);
    expect(ranking.map(({ node }) => node)).toEqual(["same"]);
    expect(ranking[0]!.damage).toBeCloseTo(worst!.damage, 4);
    expect(moreDamagingThan(ranking, 0.01)).toEqual([{ node: "same" }]);
  });

  test("does not rank what is left out", async () => {
    const exclude = [{ node: "harmful" }];
    const ranking = await rankLayers(model(), {
      target: "TensorRT",
      method: { kind: "MinMax" },
      batches,
      open,
      exclude,
    });
    expect(ranking.map(({ node }) => node)).toEqual(["harmless"]);
  });
});
