import type { Model } from "../../graph.ts";

/** A model that declares nothing of its values but its inputs: what is known of them then is inferred. */
export const undeclared = ({ graph, ...model }: Model): Model => ({
  ...model,
  graph: { ...graph, declared: new Map(), outputs: graph.outputs.map(({ name, value }) => ({ name, value })) },
});
