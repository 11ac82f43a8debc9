import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Graph } from "../graph.ts";
import { applicationsOf } from "../topology.ts";
import { cases } from "./oracle/cases.ts";
import { operatorsPage } from "./page.ts";
import { families } from "./rules.ts";

test("the page of operators is what the rules make of it", async () => {
  const page = await readFile(join(import.meta.dirname, "../../../docs/graph-operators.md"), "utf8");
  expect(page).toBe(operatorsPage());
});

test("every operator with a rule has a case that onnx and ONNX Runtime judge", () => {
  const seen = new Set<string>();
  const visit = (graph: Pick<Graph, "outputs">): void => {
    for (const { domain, opType, bodies } of applicationsOf(graph)) {
      seen.add(`${domain}:${opType}`);
      for (const body of bodies) visit(body.graph);
    }
  };
  for (const { outputs } of cases) visit({ outputs: outputs.map((value) => ({ name: "", value })) });
  const operators = families.flatMap(({ domain, table }) => Object.keys(table).map((name) => `${domain}:${name}`));
  expect(operators.filter((operator) => !seen.has(operator))).toEqual([]);
  expect(new Set(operators).size).toBe(operators.length);
});
