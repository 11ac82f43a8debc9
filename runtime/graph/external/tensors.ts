import { messages, type Field, type MessageName } from "../codec/schema.ts";
import type { MessageInit } from "../codec/types.ts";

type Tensor = MessageInit<"TensorProto">;
type Record_ = Readonly<Record<string, unknown>>;

/** Fields of each message below which there can be constants. */
const waysToTensors: ReadonlyMap<string, readonly (readonly [key: string, kind: string])[]> = new Map(
  (Object.keys(messages) as MessageName[]).map((name) => [
    name,
    Object.entries<Field>(messages[name]).flatMap(([key, { kind }]) =>
      holdsTensors(kind, new Set()) ? [[key, kind] as const] : [],
    ),
  ]),
);

function holdsTensors(kind: string, seen: Set<string>): boolean {
  if (kind === "TensorProto") return true;
  if (!(kind in messages) || seen.has(kind)) return false;
  seen.add(kind);
  return Object.values<Field>(messages[kind as MessageName]).some((field) => holdsTensors(field.kind, seen));
}

/**
 * The model with every constant replaced, wherever it is: initializers, attributes, bodies, functions, sparse constants,
 * training information. What is not replaced is shared with the model that was given.
 */
export function mapTensors(
  model: MessageInit<"ModelProto">,
  replaced: (tensor: Tensor) => Tensor,
): MessageInit<"ModelProto"> {
  return mapMessage("ModelProto", model, replaced);
}

/** Every constant of a model, wherever it is. */
export function tensorsOf(model: MessageInit<"ModelProto">): readonly Tensor[] {
  const found: Tensor[] = [];
  mapTensors(model, (tensor) => {
    found.push(tensor);
    return tensor;
  });
  return found;
}

function mapMessage(name: string, message: object, replaced: (tensor: object) => object): object {
  if (name === "TensorProto") return replaced(message);
  const changes: Record<string, unknown> = {};
  for (const [key, kind] of waysToTensors.get(name) ?? []) {
    const value = (message as Record_)[key];
    if (value === undefined) continue;
    const mapped = Array.isArray(value)
      ? mapList(kind, value as readonly object[], replaced)
      : mapMessage(kind, value as object, replaced);
    if (mapped !== value) changes[key] = mapped;
  }
  return Object.keys(changes).length === 0 ? message : { ...message, ...changes };
}

function mapList(kind: string, list: readonly object[], replaced: (tensor: object) => object): readonly object[] {
  const mapped = list.map((item) => mapMessage(kind, item, replaced));
  return mapped.every((item, index) => item === list[index]) ? list : mapped;
}
