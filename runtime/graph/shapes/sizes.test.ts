import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Dim } from "../type.ts";
import { evaluate } from "./oracle/evaluate.ts";
import { Sizes } from "./sizes.ts";

describe("equal sizes have equal text", () => {
  const s = new Sizes();
  const [add, subtract, multiply] = [s.add.bind(s), s.subtract.bind(s), s.multiply.bind(s)];
  test.each<[string, Dim | undefined]>([
    ["H+W", add("W", "H")],
    ["2*H", add("H", "H")],
    ["H", subtract(add("H", 1)!, 1)],
    ["0", subtract(multiply("H", "W")!, multiply("W", "H")!)],
    ["H*W+H", multiply("H", add("W", 1)!)],
    ["floor((H+1)/2)", s.floorDivide(add("H", 1)!, 2)],
    ["floor((H+1)/2)", add(s.floorDivide(subtract("H", 1)!, 2)!, 1)],
    ["floor(H/4)", s.floorDivide(s.floorDivide("H", 2)!, 2)],
    ["floor((H+3)/4)", s.ceilDivide(s.ceilDivide("H", 2)!, 2)],
    ["2*H+floor(H/2)", s.floorDivide(multiply("H", 5)!, 2)],
    ["floor(H/2)", s.floorDivide(multiply("H", 3)!, 6)],
    ["H", s.divide(multiply("H", "W")!, "W")],
    ["H", s.maximum(0, "H")],
    ["H", s.minimum("H", add("H", "W")!)],
    ["min(4,H)", s.minimum("H", 4)],
    ["max(0,H-1)", s.maximum(subtract("H", 1)!, 0)],
    ["max(0,min(2,H-1))", s.maximum(0, s.minimum(subtract("H", 1)!, 2)!)],
    ["?(2*?3)", multiply("?3", 2)],
    ["?3", s.divide(multiply("?3", 2)!, 2)],
  ])("%s", (text, size) => {
    expect(String(size)).toBe(text);
  });
});

/** A size, with what it is when H is h and W is w. */
interface Sized {
  readonly size: Dim;
  readonly value: (h: number, w: number) => number;
}

const operators = ["add", "subtract", "multiply", "minimum", "maximum", "floorDivide", "ceilDivide"] as const;
type Step = readonly [(typeof operators)[number], number, number];

const plain: Record<Step[0], (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b + 0,
  minimum: Math.min,
  maximum: Math.max,
  floorDivide: (a, b) => Math.floor(a / b),
  // Without the 0 below 0 that Math.ceil knows.
  ceilDivide: (a, b) => Math.ceil(a / b) + 0,
};

/** The sizes that steps make of H, W and a few numbers; steps that have no form leave nothing. */
function made(sizes: Sizes, steps: readonly Step[]): readonly Sized[] {
  const all: Sized[] = [
    { size: "H", value: (h) => h },
    { size: "W", value: (_, w) => w },
    ...[0, 1, 2, -3].map((size) => ({ size, value: () => size })),
  ];
  for (const [operator, left, right] of steps) {
    const [a, b] = [all[left % all.length]!, all[right % all.length]!];
    const divides = operator === "floorDivide" || operator === "ceilDivide";
    const by = (right % 4) + 1;
    const size = divides ? sizes[operator](a.size, by) : sizes[operator](a.size, b.size);
    const value = (h: number, w: number): number => plain[operator](a.value(h, w), divides ? by : b.value(h, w));
    if (size !== undefined) all.push({ size, value });
  }
  return all;
}

const steps = fc.array(fc.tuple(fc.constantFrom(...operators), fc.nat(40), fc.nat(40)), { maxLength: 12 });

test("an expression is what its arithmetic gives, whatever its names stand for", () => {
  fc.assert(
    fc.property(steps, fc.nat(50), fc.nat(50), (list, H, W) => {
      for (const { size, value } of made(new Sizes(), list))
        if (Math.abs(value(H, W)) < 2 ** 50) expect(evaluate(String(size), { H, W })).toBe(value(H, W));
    }),
    { numRuns: 1000 },
  );
});

test("sizes of equal text are equal, whatever their names stand for", () => {
  fc.assert(
    fc.property(steps, fc.nat(50), fc.nat(50), (list, h, w) => {
      const values = new Map<Dim, number>();
      for (const { size, value } of made(new Sizes(), list)) {
        expect(values.get(size) ?? value(h, w)).toBe(value(h, w));
        values.set(size, value(h, w));
      }
    }),
    { numRuns: 1000 },
  );
});

test("squared at every step, a size gets a form no longer than it may be", () => {
  const sizes = new Sizes();
  let size: Dim | undefined = sizes.add("H", "W");
  for (let step = 0; step < 100 && size !== undefined; step++) size = sizes.multiply(size, size);
  expect(size).toBeUndefined();
});
