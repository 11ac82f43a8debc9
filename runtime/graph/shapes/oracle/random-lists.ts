import fc from "fast-check";
import { apply, type Value } from "../../expression.ts";
import { integers, numbers } from "../../literals.ts";
import { given } from "./case.ts";

/** A list that a graph computes of the sizes of its input. */
export interface List {
  readonly value: Value;
  readonly type: "int64" | "int32" | "int8" | "uint8" | "float32" | "bool";
  readonly length: number;
}

/** One step of a graph: what it does, and numbers that choose among what it could do it with. */
type Step = readonly [keyof typeof steps, number, number, number];

/** Chooses among lists that are there; undefined where there is none. */
interface Choice {
  readonly pick: <T>(from: readonly T[]) => T | undefined;
  readonly lists: readonly List[];
}

const codes = { int64: 7, int32: 6, int8: 3, uint8: 2, float32: 1, bool: 9 } as const;
const types = Object.keys(codes) as readonly List["type"][];
/** Where types end, and JavaScript's integers do. INT64_MIN / -1 ends the process of ONNX Runtime: no divisor is -1. */
const wholes = [0, 1, -1, 2, 3, -2, 7, 100, -7, 127, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, 2 ** 53, 2 ** 62, -(2 ** 62)];
const fractions = [0, 1, 0.1, 0.33, -2.5, 1e6, 16777216, 3, 0.5, -1];
const divisors = [1, 2, 3, 5, 7, -2, 1000];
const far = 2 ** 31 - 1;

const isNumber = ({ type }: List): boolean => type !== "bool";
const fits = (type: List["type"], value: number): boolean =>
  ({ int64: true, int32: Math.abs(value) <= 2 ** 31 - 1, int8: Math.abs(value) < 128 })[type as string] ??
  (value >= 0 && value < 256);

function constant(type: List["type"], pick: Choice["pick"]): List | undefined {
  if (type === "bool") return undefined;
  const from = type === "float32" ? fractions : wholes.filter((value) => fits(type, value));
  const values = [pick(from)!, pick(from.slice(1))!, pick(from.slice(2))!];
  return { value: numbers(type, [values.length], values), type, length: values.length };
}

/** Two lists of one type, as long as each other or one of them of one element. */
function pair({ pick, lists }: Choice, takes: (list: List) => boolean): readonly [List, List] | undefined {
  const a = pick(lists.filter(takes));
  const b = a && pick(lists.filter(({ type, length }) => type === a.type && (length === a.length || length === 1)));
  return a && b && [a, b];
}

const like = (of: List, value: Value): List => ({ ...of, value });

/** A pair's results. */
const pairwise = (operators: readonly string[], takes: (list: List) => boolean, type?: "bool") => (choice: Choice) => {
  const both = pair(choice, takes);
  const operator = choice.pick(operators)!;
  return both && { ...both[0], ...(type && { type }), value: apply(operator, [both[0].value, both[1].value]) };
};

/** One list's results. */
const each = (operators: readonly string[], takes: (list: List) => boolean) => (choice: Choice) => {
  const list = choice.pick(choice.lists.filter(takes));
  return list && like(list, apply(choice.pick(operators)!, [list.value]));
};

const steps = {
  constant: ({ pick }: Choice) => constant(pick(types)!, pick),
  combine: pairwise(["Add", "Sub", "Mul", "Max", "Min"], isNumber),
  compare: pairwise(["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"], isNumber, "bool"),
  divide: ({ pick, lists }: Choice) => {
    const list = pick(lists.filter(({ type }) => type === "int64" || type === "int32"));
    const by = list && numbers(list.type, [1], [pick(divisors)!]);
    return list && by && like(list, apply(pick(["Div", "Mod"])!, [list.value, by]));
  },
  negate: each(["Neg", "Identity"], ({ type }) => type === "int64" || type === "int32" || type === "float32"),
  round: each(["Floor", "Ceil", "Sqrt"], ({ type }) => type === "float32"),
  not: each(["Not"], ({ type }) => type === "bool"),
  cast: ({ pick, lists }: Choice) => {
    const [list, type] = [pick(lists)!, pick(types)!];
    return { ...list, type, value: apply("Cast", [list.value], { to: codes[type] }) };
  },
  where: (choice: Choice) => {
    const both = pair(choice, isNumber);
    const condition =
      both && choice.pick(choice.lists.filter(({ type, length }) => type === "bool" && length === both[0].length));
    return condition && like(both[0], apply("Where", [condition.value, both[0].value, both[1].value]));
  },
  slice: ({ pick, lists }: Choice) => {
    const list = pick(lists)!;
    const [start, end, step] = [pick([0, 1, -1, -2, 5])!, pick([1, 2, -1, far, 3])!, pick([1, 2])!];
    const length = Math.ceil(Array.from({ length: list.length }).slice(start, end).length / step);
    const bounds = [start, end, 0, step].map((bound) => integers([bound]));
    return length === 0 ? undefined : { ...list, length, value: apply("Slice", [list.value, ...bounds]) };
  },
  reverse: ({ pick, lists }: Choice) => {
    const list = pick(lists)!;
    return like(list, apply("Slice", [list.value, ...[-1, -far, 0, -1].map((bound) => integers([bound]))]));
  },
  gather: ({ pick, lists }: Choice) => {
    const list = pick(lists)!;
    const places = Array.from({ length: 2 * list.length }, (_, place) => place - list.length);
    const indices = [pick(places)!, pick(places.slice(1))!];
    return { ...list, length: 2, value: apply("Gather", [list.value, integers(indices)]) };
  },
  concat: (choice: Choice) => {
    const both = pair(choice, () => true);
    const length = both && both[0].length + both[1].length;
    if (length === undefined || length > 12) return undefined;
    return { ...both![0], length, value: apply("Concat", [both![0].value, both![1].value], { axis: 0 }) };
  },
  reduce: ({ pick, lists }: Choice) => {
    const list = pick(lists.filter(({ type }) => type === "int64" || type === "int32" || type === "float32"));
    return list && { ...list, length: 1, value: apply(pick(["ReduceSum", "ReduceProd"])!, [list.value]) };
  },
  range: ({ pick }: Choice) => {
    const type = pick(["int64", "int32", "float32"] as const)!;
    const from = type === "float32" ? [0, 0.1, 3] : [0, -3, 5];
    const by = type === "float32" ? [0.1, 0.3, 1, 0.7] : [1, 2, 3];
    const [start, limit, delta] = [pick(from)!, pick([6, 7, 9])!, pick(by)!];
    const [a, b, c] = [start, limit, delta].map(Math.fround) as [number, number, number];
    const length = Math.ceil(Math.fround(b - a) / c);
    const bounds = [start, limit, delta].map((bound) => numbers(type, [], [bound]));
    return length > 12 ? undefined : { type, length, value: apply("Range", bounds) };
  },
} satisfies Readonly<Record<string, (choice: Choice) => List | undefined>>;

/** Lists computed in steps of the sizes of an input [N, 3, H]; each step reads some of those before it. */
export const randomLists: fc.Arbitrary<readonly List[]> = fc
  .array(
    fc.tuple(fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])), fc.nat(1e6), fc.nat(1e6), fc.nat(1e6)),
    { minLength: 4, maxLength: 16 },
  )
  .map(grown);

function grown(all: readonly Step[]): readonly List[] {
  const lists: List[] = [{ value: apply("Shape", [given("f32[N,3,H]")]), type: "int64", length: 3 }];
  for (const [name, ...choices] of all) {
    let taken = 0;
    const pick = <T>(from: readonly T[]): T | undefined => from[choices[taken++ % choices.length]! % from.length];
    const made: List | undefined = steps[name]({ pick, lists });
    if (made !== undefined) lists.push(made);
  }
  return lists;
}
