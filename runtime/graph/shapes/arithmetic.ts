import type { ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";
import type { Node, ValueRule } from "./node.ts";
import { held, isInexact, isWhole } from "./representation.ts";
import type { Sizes } from "./sizes.ts";
import { mostElements, type Values } from "./values.ts";

/** What small tensors hold after operators that work element by element. */

type Unary = (sizes: Sizes, x: Dim) => Dim | undefined;
/** `whole` is true for integers. */
type Binary = (sizes: Sizes, a: Dim, b: Dim, whole: boolean) => Dim | undefined;

/** The input as it is. */
export const keep: ValueRule = (node) => node.values(0);

/** Each element by itself. */
export const unary =
  (operator: Unary): ValueRule =>
  (node) => {
    const values = node.values(0);
    return values && map(values, (x) => (x === undefined ? undefined : rounded(node, operator(node.sizes, x))));
  };

/** Pairs of elements of two tensors or more, from the left. */
export const binary = (operator: Binary): ValueRule =>
  combined((node, a, b) => {
    const type = node.element(0);
    const whole = type !== undefined && isWhole(type);
    return whole && (isInexact(a) || isInexact(b)) ? undefined : rounded(node, operator(node.sizes, a, b, whole));
  });

/** One of each pair, chosen by order: integers that are not exact have theirs. */
export const extreme = (operator: (sizes: Sizes, a: Dim, b: Dim) => Dim | undefined): ValueRule =>
  combined((node, a, b) => operator(node.sizes, a, b));

const combined =
  (combine: (node: Node, a: Dim, b: Dim) => Dim | undefined): ValueRule =>
  (node) => {
    const [first, ...others] = allValues(node) ?? [];
    return others.reduce<Values | undefined>(
      (result, values) =>
        zip([result, values], ([a, b]) => (a === undefined || b === undefined ? undefined : combine(node, a, b))),
      first,
    );
  };

/** What all inputs hold. Constants are read last: mostly they are weights beside a value that is not followed. */
function allValues(node: Node): readonly Values[] | undefined {
  const { inputs } = node.application;
  if (inputs.some((value, input) => value?.kind !== "Constant" && node.values(input) === undefined)) return undefined;
  const known = inputs.map((_, input) => node.values(input)).filter((values) => values !== undefined);
  return known.length === inputs.length ? known : undefined;
}

/** Numbers by JavaScript's arithmetic, sizes by name by theirs. */
export const exact =
  (plain: (a: number, b: number) => number, symbolic: Binary): Binary =>
  (sizes, a, b, whole) =>
    typeof a === "number" && typeof b === "number" ? plain(a, b) : symbolic(sizes, a, b, whole);

/** The second where the first is true, else the third. */
export const select: ValueRule = (node) =>
  zip(allValues(node) ?? [undefined], ([condition, yes, no]) => {
    if (condition === undefined) return yes === no ? yes : undefined;
    return condition === 0 ? no : yes;
  });

/** As another type. */
export function convert(node: Node, to: ElementType | undefined): Values | undefined {
  const [values, from] = [node.values(0), node.element(0)];
  if (from === to) return values;
  if (values === undefined || from === undefined || to === undefined) return undefined;
  if (to === "bool") return map(values, (x) => (typeof x === "number" ? Number(x !== 0) : undefined));
  if (!isWhole(to) && to !== "float32" && to !== "float64") return undefined;
  return map(values, (x) => {
    if (x === undefined || (isWhole(from) && isInexact(x))) return undefined;
    return held(typeof x === "number" && isWhole(to) ? Math.trunc(x) : x, to);
  });
}

/** Quotients of integers are cut off towards zero. */
export function quotient(sizes: Sizes, a: Dim, b: Dim, whole: boolean): Dim | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return whole ? Math.trunc(a / b) : a / b;
  if (a === b) return 1;
  if (!whole) return b === 1 ? a : undefined;
  if (typeof b === "string" || b < 0 || !sizes.isNatural(a)) return undefined;
  return sizes.floorDivide(a, b);
}

/** A remainder that has the sign of the divisor; both are taken to be at least 0, else it is not known. */
export function remainder(a: Dim, b: Dim): Dim | undefined {
  if (typeof a !== "number" || typeof b !== "number" || a < 0 || b <= 0) return undefined;
  return a % b;
}

/** 1 or 0. */
export function equality(sizes: Sizes, a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  const negative = [a, b].some((x) => typeof x === "number" && x < 0);
  return negative && [a, b].some((x) => typeof x === "string" && sizes.isNatural(x)) ? 0 : undefined;
}

/** 1 or 0. */
export const comparison = (a: Dim, b: Dim, holds: (a: number, b: number) => boolean): Dim | undefined =>
  typeof a === "number" && typeof b === "number" ? Number(holds(a, b)) : undefined;

const map = (values: Values, change: (x: Dim | undefined) => Dim | undefined): Values => ({
  dims: values.dims,
  elements: values.elements.map(change),
});

/** Elements of tensors that broadcast, brought together. */
function zip(
  all: readonly (Values | undefined)[],
  combine: (elements: readonly (Dim | undefined)[]) => Dim | undefined,
): Values | undefined {
  const known = all.filter((values) => values !== undefined);
  if (known.length < all.length) return undefined;
  const rank = Math.max(...known.map(({ dims }) => dims.length));
  const dims = Array.from({ length: rank }, (_, axis) =>
    known.reduce((size, { dims }) => {
      const own = dims[axis - rank + dims.length] ?? 1;
      return size === 1 ? own : size;
    }, 1),
  );
  const count = dims.reduce((product, size) => product * size, 1);
  if (count > mostElements) return undefined;
  const elements = Array.from({ length: count }, (_, place) =>
    combine(known.map((values) => values.elements[offsetIn(values.dims, dims, place)])),
  );
  return { dims, elements };
}

/** Where the element at a place of the common shape lies in a tensor of shape `own`. */
function offsetIn(own: readonly number[], common: readonly number[], place: number): number {
  let [rest, offset, stride] = [place, 0, 1];
  for (let axis = common.length - 1; axis >= 0; axis--) {
    const size = own[axis - common.length + own.length] ?? 1;
    const index = rest % common[axis]!;
    rest = (rest - index) / common[axis]!;
    if (size !== 1) offset += index * stride;
    stride *= size;
  }
  return offset;
}

/** As the type of the node's input holds it. */
function rounded(node: Node, x: Dim | undefined): Dim | undefined {
  const type = node.element(0);
  return x === undefined || type === undefined ? x : held(x, type);
}
