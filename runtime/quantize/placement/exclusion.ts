import { nodeName } from "../../graph/attributes.ts";
import type { Application } from "../../graph/expression.ts";
import type { Graph } from "../../graph/graph.ts";
import { applicationsOf, operandsOf } from "../../graph/topology.ts";
import { QuantizeError } from "../quantize-error.ts";
import { isLayer } from "./layers.ts";

/**
 * What stays in floating point.
 * - a node, by its name;
 * - every node of an operator;
 * - the first layers (those that no layer feeds) or the last ones (those that feed no layer), where rounding hurts most;
 * - the last layers before one output, such as the one that makes an embedding.
 */
export type Exclusion =
  | { readonly node: string }
  | { readonly operator: string }
  | { readonly layers: "first" | "last" }
  | { readonly layersOf: string };

/** The applications of a graph that exclusions name. @throws {QuantizeError} for a name that nothing bears. */
export function excludedOf(graph: Graph, exclusions: readonly Exclusion[]): ReadonlySet<Application> {
  const applications = applicationsOf(graph);
  return new Set(exclusions.flatMap((exclusion) => namedBy(exclusion, graph, applications)));
}

function namedBy(exclusion: Exclusion, graph: Graph, applications: readonly Application[]): readonly Application[] {
  if ("node" in exclusion) return found(exclusion.node, "node", applications, nodeName);
  if ("operator" in exclusion) return found(exclusion.operator, "operator", applications, ({ opType }) => opType);
  if ("layersOf" in exclusion) return layersOf(graph, exclusion.layersOf);
  return exclusion.layers === "first" ? firstLayers(applications) : lastLayers(applications);
}

function found(
  wanted: string,
  what: string,
  applications: readonly Application[],
  nameOf: (application: Application) => string,
): readonly Application[] {
  const hits = applications.filter((application) => nameOf(application) === wanted);
  if (hits.length > 0) return hits;
  const some = [...new Set(applications.filter(isLayer).map(nameOf))].slice(0, 5).join(", ");
  throw new QuantizeError(`nothing in the graph is the ${what} "${wanted}" that is to be left out`, {
    remedy: `name one that is there${some === "" ? "" : `, such as ${some}`}`,
  });
}

function firstLayers(applications: readonly Application[]): readonly Application[] {
  const fed = new Set<Application>();
  for (const application of applications)
    if (feeders(application).some((feeder) => fed.has(feeder) || isLayer(feeder))) fed.add(application);
  return applications.filter((application) => isLayer(application) && !fed.has(application));
}

function lastLayers(applications: readonly Application[]): readonly Application[] {
  const feeding = new Set<Application>();
  for (const application of applications.toReversed())
    if (isLayer(application) || feeding.has(application))
      for (const feeder of feeders(application)) feeding.add(feeder);
  return applications.filter((application) => isLayer(application) && !feeding.has(application));
}

function layersOf(graph: Graph, output: string): readonly Application[] {
  const outputs = graph.outputs.filter(({ name }) => name === output);
  if (outputs.length > 0) return lastLayers(applicationsOf({ outputs }));
  throw new QuantizeError(`the graph has no output "${output}"`, {
    remedy: `name one of ${graph.outputs.map(({ name }) => name).join(", ")}`,
  });
}

const feeders = (application: Application): readonly Application[] =>
  operandsOf(application).flatMap((value) => (value.kind === "Result" ? [value.application] : []));
