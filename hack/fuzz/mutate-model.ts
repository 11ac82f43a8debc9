import { messages, type Field, type MessageName } from "../../runtime/graph/codec/schema.ts";
import type { MessageInit, ModelProto } from "../../runtime/graph/codec/types.ts";
import type { Random } from "../people/random/random.ts";

type Loose = Record<string, unknown>;

/** Every message within a model, by its name in the schema. */
type Messages = ReadonlyMap<MessageName, readonly Loose[]>;

const schema: Readonly<Record<MessageName, Readonly<Record<string, Field>>>> = messages;

/**
 * A model with a few fields changed as the schema allows: left out, repeated, put in another order, taken from another
 * place of the donors, set to numbers and names that are trouble. `model` is changed in its place; donors are not, and
 * share nothing with it.
 */
export function mutateModel(
  model: ModelProto,
  donors: readonly ModelProto[],
  random: Random,
): MessageInit<"ModelProto"> {
  const own = messagesOf(model);
  const names = [...own.keys()];
  const others = donors.map(messagesOf);
  const count = 1 + random.below(4);
  for (let done = 0; done < count; done++) {
    // Each kind of message is as likely as any other: sizes of shapes would outnumber nodes.
    const name = pick(names, random);
    mutateMessage(name, pick(own.get(name)!, random), pick(others, random), random);
  }
  return model;
}

const pick = <T>(list: readonly T[], random: Random): T => list[random.below(list.length)]!;

function messagesOf(model: ModelProto): Messages {
  const found = new Map<MessageName, Loose[]>();
  const visit = (name: MessageName, message: Loose): void => {
    const known = found.get(name);
    if (known === undefined) found.set(name, [message]);
    else known.push(message);
    for (const [key, { kind }] of Object.entries(schema[name])) {
      const value = message[key];
      if (!(kind in schema) || value === undefined) continue;
      for (const inner of (Array.isArray(value) ? value : [value]) as Loose[]) visit(kind as MessageName, inner);
    }
  };
  visit("ModelProto", model);
  return found;
}

function mutateMessage(name: MessageName, message: Loose, donors: Messages, random: Random): void {
  const fields = Object.entries(schema[name]);
  const present = fields.filter(([key]) => isPresent(message[key]));
  // Mostly what is there already: what an operator lacks is seldom what breaks a reader.
  const [key, field] = pick(present.length > 0 && random.chance(0.8) ? present : fields, random);
  if (field.label === "many") {
    message[key] = mutateList(message[key] as unknown[], () => freshValue(field, donors, random), random);
    return;
  }
  const value = random.chance(0.25) ? undefined : freshValue(field, donors, random);
  if (value === undefined) Reflect.deleteProperty(message, key);
  else message[key] = value;
}

const isPresent = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined);

function mutateList(list: readonly unknown[], fresh: () => unknown, random: Random): unknown[] {
  const at = random.below(list.length + 1);
  const value = fresh();
  const added = value === undefined ? [] : [value];
  const ways: readonly (() => unknown[])[] = [
    () => list.toSpliced(at, 1),
    () => list.toSpliced(at, 0, ...added),
    () => list.toSpliced(at, 1, ...added),
    () => list.toSpliced(at, 0, ...list.slice(0, 50)),
    () => list.toReversed(),
    () => list.slice(0, at),
    () => Array.from({ length: list.length === 0 ? 0 : 2 + random.below(200) }, () => pick(list, random)),
  ];
  return pick(ways, random)();
}

const numbers = [0, 1, -1, 2, 3, 7, 8, 127, 2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -(2 ** 40)];
const floats = [0, -0, 1, -1, 1e-38, 3e38, Infinity, -Infinity, Number.NaN];
const texts = [
  "",
  "?0",
  "N",
  "x",
  "y",
  "ai.onnx",
  "com.microsoft",
  "__proto__",
  "constructor",
  "\u0000",
  "n".repeat(1e5),
];

/** A value that the field can have; undefined where no donor has one. */
function freshValue({ kind }: Field, donors: Messages, random: Random): unknown {
  switch (kind) {
    case "string":
      return random.chance(0.3) ? pick(texts, random) : nameFrom(donors, random);
    case "bytes":
      return new Uint8Array(random.below(64)).fill(random.below(256));
    case "float":
      return pick(floats, random);
    case "int32":
      return Number(BigInt.asIntN(32, BigInt(random.chance(0.6) ? random.below(32) : pick(numbers, random))));
    case "int64":
    case "wideInt64":
      return pick(numbers, random);
    case "floats":
      return Float32Array.from({ length: random.below(9) }, () => pick(floats, random));
    case "doubles":
      return Float64Array.from({ length: random.below(9) }, () => pick(floats, random));
    case "int32s":
      return Int32Array.from({ length: random.below(9) }, () => pick(numbers, random));
    case "int64s":
      return BigInt64Array.from({ length: random.below(9) }, () => BigInt(pick(numbers, random)));
    case "uint64s":
      return BigUint64Array.from({ length: random.below(9) }, () => BigInt.asUintN(64, BigInt(pick(numbers, random))));
    default: {
      const found = donors.get(kind as MessageName);
      return found === undefined ? undefined : pick(found, random);
    }
  }
}

/** The name of a value, an operator or an attribute. */
function nameFrom(donors: Messages, random: Random): string {
  const node = pick(donors.get("NodeProto") ?? [{}], random);
  const { input, output, opType, attribute } = node as Loose & { input?: string[]; output?: string[] };
  const attributes = ((attribute ?? []) as { name?: string }[]).map(({ name }) => name);
  const names = [...(input ?? []), ...(output ?? []), opType, ...attributes].filter((name) => typeof name === "string");
  return names.length === 0 ? "" : pick(names, random);
}
