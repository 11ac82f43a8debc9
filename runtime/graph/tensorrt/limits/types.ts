import { intOf } from "../../attributes.ts";
import { elementTypeOf, type ElementType } from "../../elements.ts";
import type { Limit } from "../limit.ts";
import { typeOfInput } from "../site.ts";
import { sources } from "../source.ts";

const castable: ReadonlySet<ElementType | undefined> = new Set<ElementType>([
  ...(["float32", "float16", "bfloat16", "int32", "int64", "uint8", "bool"] as const),
]);

/** Element types that are taken for some inputs, or by some releases. */
export const typeLimits: readonly Limit[] = [
  {
    operators: ["Cast"],
    broken: ({ made }) => {
      const code = intOf(made, "to", 0);
      const type = elementTypeOf(code);
      return castable.has(type) ? undefined : `it makes ${type ?? `elements of type ${code}`}`;
    },
    remedy: "cast to int32 or float32, or quantize by QuantizeLinear",
    source: sources.operators10,
  },
  {
    operators: ["Pow"],
    until: "10.16",
    broken: (site) => {
      const integers = [0, 1].map((index) => typeOfInput(site, index)).find((type) => type?.startsWith("int"));
      return integers && `base or exponent are ${integers}`;
    },
    remedy: "put a Cast to float32 before it",
    source: sources.changelog,
  },
  {
    operators: ["RotaryEmbedding"],
    broken: (site) => {
      const type = typeOfInput(site, 3);
      return type === undefined || type === "int64" ? undefined : `position_ids are ${type}`;
    },
    remedy: "put a Cast to int64 before it",
    source: sources.operators10,
  },
];
