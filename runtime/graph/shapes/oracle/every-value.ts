import type { Result } from "../../expression.ts";
import type { Model } from "../../graph.ts";
import { applicationsOf } from "../../topology.ts";

/** A model that gives back every value that its operators make, and those values. */
export function givingAll({ graph, ...model }: Model): { readonly model: Model; readonly values: readonly Result[] } {
  const values = applicationsOf(graph).flatMap(({ results }) => results.filter((result) => result !== undefined));
  const outputs = values.map((value, place) => ({ name: `every ${place}`, value }));
  return { model: { ...model, graph: { ...graph, outputs, declared: new Map() } }, values };
}
