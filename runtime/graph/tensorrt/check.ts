import { nodeName } from "../attributes.ts";
import { domainOf } from "../domain.ts";
import type { ElementType } from "../elements.ts";
import type { Value } from "../expression.ts";
import type { Graph, Model } from "../graph.ts";
import type { Types } from "../shapes/infer.ts";
import { applicationsOf } from "../topology.ts";
import type { Limit } from "./limit.ts";
import { limits } from "./limits/limits.ts";
import { substitutes, supportOf, type OperatorSupport } from "./operators.ts";
import type { TensorRTProblem } from "./problem.ts";
import { isSince, releases, type TensorRTVersion } from "./release.ts";
import type { Site } from "./site.ts";

/** nvinfer1::Dims::MAX_DIMS. */
const mostDimensions = 8;

/**
 * Whether the ONNX parser of a TensorRT release takes a model: what it does not take, node by node, in bodies too, with
 * what to write in its place; none where it takes all. What the types leave open (an unknown shape, a scale that is
 * computed) is not held against the model. Operators of other domains need a plugin of the parser's user and count as
 * problems. Source: each problem names its own.
 */
export function checkForTensorRT(model: Model, types: Types, version: TensorRTVersion): readonly TensorRTProblem[] {
  const opset = model.opsets.get("") ?? model.opsets.get("ai.onnx") ?? 0;
  return [...checkOpset(opset, version), ...checkGraph(model.graph, { types, version, opset })];
}

function checkOpset(opset: number, version: TensorRTVersion): TensorRTProblem[] {
  const { oldest, newest, source } = releases[version].opsets;
  if (opset >= oldest && opset <= newest) return [];
  const problem = `it is written against opset ${opset}, TensorRT ${version} reads ${oldest} to ${newest}`;
  return [{ node: undefined, opType: undefined, problem, remedy: `export it with opset 17`, source }];
}

function checkGraph(graph: Graph, surroundings: Omit<Site, "made">): TensorRTProblem[] {
  return applicationsOf(graph).flatMap((made) => [
    ...checkNode({ ...surroundings, made }),
    ...made.bodies.flatMap((body) => checkGraph(body.graph, surroundings)),
  ]);
}

function checkNode(site: Site): TensorRTProblem[] {
  const { made, version } = site;
  const report = (found: Omit<TensorRTProblem, "node" | "opType">): TensorRTProblem => ({
    node: nodeName(made),
    opType: made.opType,
    ...found,
  });
  const support = domainOf(made.domain) === "" ? supportOf(made.opType) : undefined;
  if (support === undefined || !isSince(version, support.since ?? "10.3")) return [report(unknownOperator(site))];
  return [
    ...checkTypes(site, support).map(report),
    ...checkSizes(site).map(report),
    ...limits.flatMap((limit) => applyLimit(limit, site).map(report)),
  ];
}

type Finding = Omit<TensorRTProblem, "node" | "opType">;

function unknownOperator({ made, version }: Site): Finding {
  const domain = domainOf(made.domain);
  const problem =
    domain === "" ? `TensorRT ${version} does not have it` : `the domain ${domain} is not read without a plugin`;
  const remedy =
    (domain === "" ? substitutes[made.opType] : undefined) ?? "write it by other operators, or add a plugin";
  return { problem, remedy, source: releases[version].operators };
}

function checkTypes({ made, types, version }: Site, support: OperatorSupport): Finding[] {
  const data = (support.data ?? [0]).map((index) => made.inputs[index]);
  const values = support.data?.length === 0 ? made.results : data;
  const source = releases[version].operators;
  return values.flatMap((value) => {
    const type = value === undefined ? undefined : typeOfData(value, types);
    if (type === undefined || support.types.includes(type)) return [];
    return [{ problem: `it is not taken for ${type}`, remedy: castTo(type, support), source }];
  });
}

/** The parser reads double as float, and says so. */
function typeOfData(value: Value, types: Types): ElementType | undefined {
  const type = types.of(value)?.type;
  return type === "float64" ? "float32" : type;
}

function castTo(type: ElementType, { types }: OperatorSupport): string {
  const wider = types.includes("int32") && type !== "float64" ? "int32" : (types[0] ?? "float32");
  return `put a Cast to ${wider} before it and one back after it`;
}

function checkSizes({ made, types, version }: Site): Finding[] {
  const wide = made.results.find((result) => result !== undefined && rankOfResult(result, types) > mostDimensions);
  if (wide === undefined) return [];
  const problem = `it makes a tensor of ${rankOfResult(wide, types)} dimensions, TensorRT has at most ${mostDimensions}`;
  return [{ problem, remedy: "merge dimensions by Reshape", source: releases[version].operators }];
}

const rankOfResult = (value: Value, types: Types): number => types.of(value)?.dims?.length ?? 0;

function applyLimit(limit: Limit, site: Site): Finding[] {
  const { operators, until, broken, remedy, source } = limit;
  if (!operators.includes(site.made.opType) || (until !== undefined && isSince(site.version, until))) return [];
  const problem = broken(site);
  return problem === undefined ? [] : [{ problem, remedy, source }];
}
