import { WireType } from "@bufbuild/protobuf/wire";
import { packedReaders, scalarReaders, type PackedReader, type ScalarReader } from "./decode-values.ts";
import { messages, repeating, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";

/** How a message is read. */
export interface Layout {
  /** The message when no field is given: its lists, all one frozen array. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
  /** By their numbers. */
  readonly fields: readonly (FieldReader | undefined)[];
  readonly repeats: boolean;
}

/** How a field is read: exactly one of the last three is there. */
export interface FieldReader {
  readonly key: string;
  readonly number: number;
  readonly repeated: boolean;
  /** The number of its wire type: tags are compared as numbers. */
  readonly wireType: number;
  readonly kind: string;
  readonly scalar: ScalarReader | undefined;
  readonly packed: PackedReader | undefined;
  readonly message: Layout | undefined;
}

const none: readonly never[] = Object.freeze([]);

/** Made in two steps, because messages contain each other. */
const drafts = new Map<string, Layout & { readonly fields: (FieldReader | undefined)[] }>(
  (Object.keys(messages) as MessageName[]).map((name) => {
    return [name, { empty: emptyLists(name), fields: [], repeats: repeating.has(name) }];
  }),
);
for (const [name, { fields }] of drafts)
  for (const [key, { number, kind, label }] of Object.entries<Field>(messages[name as MessageName])) {
    const scalar = scalarReaders[kind as ScalarKind] as ScalarReader | undefined;
    fields[number] = {
      key,
      number,
      repeated: label === "many",
      wireType: scalar?.wireType ?? WireType.LengthDelimited,
      kind,
      scalar,
      packed: packedReaders[kind as PackedKind],
      message: drafts.get(kind),
    };
  }

/** How each message of the schema is read, by its name. */
export const layouts: ReadonlyMap<string, Layout> = drafts;

function emptyLists(name: MessageName): Layout["empty"] {
  const lists = Object.entries<Field>(messages[name]).filter(([, { label }]) => label === "many");
  return Object.fromEntries(lists.map(([key]) => [key, none]));
}
