import { expect, test } from "@jest/globals";
import { parseQuantity } from "./quantity.ts";

test.each([
  ["1", 1],
  ["250m", 0.25],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["64Mi", 64 * 2 ** 20],
  ["2k", 2000],
  ["1e3", 1000],
  ["12E", 12e18],
  [".5", 0.5],
])("%s is %d", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(["", "Gi", "1 Gi", "1Qi", "one"])("%j is no quantity", (text) => {
  expect(() => parseQuantity(text)).toThrow(`"${text}" is not a quantity`);
});
