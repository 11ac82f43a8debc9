import { describe, expect, test } from "@jest/globals";
import { blurPlane } from "./blur.ts";

function impulse(columns: number, rows: number): Float32Array {
  const data = new Float32Array(columns * rows);
  data[Math.floor(rows / 2) * columns + Math.floor(columns / 2)] = 1;
  return data;
}

describe("a blur", () => {
  test.each([0.4, 1, 2.5, 4])("of deviation %p spreads a point with that deviation and keeps its sum", (deviation) => {
    const columns = 61;
    const blurred = blurPlane({ data: impulse(columns, columns), columns, rows: columns }, deviation);
    let sum = 0;
    let squares = 0;
    blurred.forEach((value, index) => {
      sum += value;
      squares += value * ((index % columns) - 30) ** 2;
    });
    expect(sum).toBeCloseTo(1, 5);
    expect(Math.sqrt(squares)).toBeCloseTo(deviation, 1);
  });

  test("leaves a flat plane flat up to its edges", () => {
    const data = new Float32Array(20 * 10).fill(0.25);
    for (const value of blurPlane({ data, columns: 20, rows: 10 }, 3)) expect(value).toBeCloseTo(0.25, 6);
  });
});
