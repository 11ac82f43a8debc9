import { ModelFormatError } from "./codec/format-error.ts";
import type { GraphProto, MessageInit, ModelProto } from "./codec/types.ts";

/** The graph of a model. @throws {ModelFormatError} if it has none: then it is no model that runs. */
export function mainGraph(model: ModelProto): GraphProto {
  if (model.graph === undefined) throw new ModelFormatError("the model has no graph", { path: "graph", offset: 0 });
  return model.graph;
}

/** The model with other parts in its graph. */
export function withGraph(model: ModelProto, changes: MessageInit<"GraphProto">): MessageInit<"ModelProto"> {
  return { ...model, graph: { ...mainGraph(model), ...changes } };
}
