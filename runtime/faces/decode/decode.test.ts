import { describe, expect, test } from "@jest/globals";
import { boxDecoders, decodeBoxes, mostFaces } from "./boxes.ts";
import { decodePoints5, decodePoints68 } from "./points.ts";
import type { Tensor } from "./tensor.ts";
import { decodeTinyYolo2 } from "./tiny-yolo2.ts";
import { decodeYuNet } from "./yunet.ts";

const logit = (p: number) => Math.log(p / (1 - p));

/** A grid in which nothing is found but what is set. */
function grid(rows: number, columns: number, set: { row: number; column: number; anchor: number; values: number[] }[]) {
  const data = new Float32Array(rows * columns * 25).fill(-20);
  for (const { row, column, anchor, values } of set) data.set(values, 25 * (row * columns + column) + 5 * anchor);
  return { dims: [1, rows, columns, 25], data };
}

describe("TinyYolo2", () => {
  test("reads a box at its cell, by its anchor, with its score", () => {
    // Half a cell right, a quarter down, twice the third anchor's width, its height.
    const values = [0, logit(0.25), Math.log(2), 0, logit(0.8)];
    const tensor = grid(7, 7, [{ row: 2, column: 3, anchor: 2, values }]);
    const [face, ...others] = decodeTinyYolo2([tensor], { width: 224, height: 224 }, 0.5);
    expect(others).toEqual([]);
    const { box, score } = face!;
    expect(score).toBeCloseTo(0.8, 5);
    expect(box.width).toBeCloseTo(2 * 2.882459 * 32, 3);
    expect(box.height).toBeCloseTo(3.518061 * 32, 3);
    expect(box.x + box.width / 2).toBeCloseTo(3.5 * 32, 3);
    expect(box.y + box.height / 2).toBeCloseTo(2.25 * 32, 3);
  });

  test.each([
    ["two tensors", [grid(1, 1, []), grid(1, 1, [])]],
    ["no tensor", []],
    ["another depth", [{ dims: [1, 1, 1, 30], data: new Float32Array(30) }]],
    ["a batch", [{ dims: [2, 1, 1, 25], data: new Float32Array(50) }]],
  ])("refuses %s", (_, tensors) => {
    expect(() => decodeTinyYolo2(tensors, { width: 32, height: 32 }, 0.5)).toThrow("[1, rows, columns, 25]");
  });
});

describe("YuNet", () => {
  const input = { width: 64, height: 32 };
  const cells = [8 * 4, 4 * 2, 2];

  function tensors(set: { level: number; cell: number; score: number; box: number[]; points: number[] }[]): Tensor[] {
    const parts = [1, 1, 4, 10].flatMap((size) =>
      cells.map((count) => ({ dims: [1, count, size], data: new Float32Array(count * size) })),
    );
    for (const { level, cell, score, box, points } of set) {
      parts[level]!.data[cell] = score;
      parts[3 + level]!.data[cell] = score;
      parts[6 + level]!.data.set(box, 4 * cell);
      parts[9 + level]!.data.set(points, 10 * cell);
    }
    return parts;
  }

  test("reads box and points at their cell and stride", () => {
    const points = [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1];
    const faces = decodeYuNet(
      tensors([{ level: 1, cell: 5, score: 0.9, box: [0.5, 0.5, Math.log(2), 0], points }]),
      input,
      0.5,
    );
    expect(faces).toHaveLength(1);
    const { box, score, points: found } = faces[0]!;
    expect(score).toBeCloseTo(0.9, 6);
    // Cell 5 of 4 columns is row 1, column 1; its stride is 16.
    expect(box.x).toBeCloseTo(24 - 16, 4);
    expect(box.y).toBeCloseTo(24 - 8, 4);
    expect(box.width).toBeCloseTo(32, 4);
    expect(found).toEqual([
      { x: 16, y: 16 },
      { x: 32, y: 16 },
      { x: 24, y: 24 },
      { x: 16, y: 32 },
      { x: 32, y: 32 },
    ]);
  });

  test("takes scores beyond 0 and 1 as 0 and 1", () => {
    const box = [0, 0, 0, 0];
    const points = Array.from({ length: 10 }, () => 0);
    const faces = decodeYuNet(tensors([{ level: 0, cell: 0, score: 1.5, box, points }]), input, 0.5);
    expect(faces.map(({ score }) => score)).toEqual([1]);
    expect(decodeYuNet(tensors([{ level: 0, cell: 0, score: -1.5, box, points }]), input, 0.5)).toEqual([]);
  });

  test.each([
    ["too few tensors", tensors([]).slice(1), "twelve tensors"],
    [
      "tensors of another size",
      tensors([]).with(0, { dims: [1, 1, 1], data: new Float32Array(1) }),
      "stride 8 must have 32 cells",
    ],
  ])("refuses %s", (_, given, message) => {
    expect(() => decodeYuNet(given, input, 0.5)).toThrow(message);
  });
});

describe("boxes of any decoder", () => {
  const decoder = boxDecoders.TinyYolo2!;

  test("come by falling score without those that another covers", () => {
    const values = (score: number) => [0, 0, 0, 0, logit(score)];
    const found = decodeBoxes(
      decoder,
      [
        grid(8, 8, [
          { row: 1, column: 1, anchor: 0, values: values(0.6) },
          { row: 1, column: 1, anchor: 0, values: values(0.7) },
          { row: 6, column: 6, anchor: 0, values: values(0.9) },
          { row: 6, column: 6, anchor: 3, values: values(0.55) },
        ]),
      ],
      { width: 256, height: 256 },
      0.5,
    );
    expect(found.map(({ score }) => Number(score.toFixed(2)))).toEqual([0.9, 0.7, 0.55]);
  });

  test("are never more than can be followed up, nor of infinite size", () => {
    const everywhere = Array.from({ length: 400 }, (_, k) => ({
      row: Math.floor(k / 20),
      column: k % 20,
      anchor: 0,
      values: [0, 0, -3, -3, 5],
    }));
    const size = { width: 640, height: 640 };
    expect(decodeBoxes(decoder, [grid(20, 20, everywhere)], size, 0.5)).toHaveLength(mostFaces);
    const infinite = grid(20, 20, [{ row: 0, column: 0, anchor: 0, values: [0, 0, 1000, 0, 5] }]);
    expect(decodeBoxes(decoder, [infinite], size, 0.5)).toEqual([]);
  });
});

describe("points", () => {
  test("of 68 give the middles of the eyes, the nose and the corners of the mouth", () => {
    const data = new Float32Array(136);
    const set = (point: number, x: number, y: number) => data.set([x, y], 2 * point);
    for (let k = 0; k < 6; k++) {
      set(36 + k, 0.25 + 0.01 * k, 0.375);
      set(42 + k, 0.625 + 0.01 * k, 0.5);
    }
    set(30, 0.5, 0.625);
    set(48, 0.375, 0.75);
    set(54, 0.6875, 0.875);
    const points = decodePoints68([{ dims: [1, 136], data }]);
    expect(points.map(({ x }) => Number(x.toFixed(4)))).toEqual([0.275, 0.65, 0.5, 0.375, 0.6875]);
    expect(points.map(({ y }) => y)).toEqual([0.375, 0.5, 0.625, 0.75, 0.875]);
  });

  test("of five are taken as they come", () => {
    const data = Float32Array.from({ length: 10 }, (_, k) => k / 16);
    expect(decodePoints5([{ dims: [1, 10], data }]).map(({ x, y }) => [x, y])).toEqual([
      [0, 1 / 16],
      [2 / 16, 3 / 16],
      [4 / 16, 5 / 16],
      [6 / 16, 7 / 16],
      [8 / 16, 9 / 16],
    ]);
  });

  test("of another count are refused", () => {
    const tensor = { dims: [1, 10], data: new Float32Array(10) };
    expect(() => decodePoints68([tensor])).toThrow("one tensor of 136 numbers, not 10");
    expect(() => decodePoints5([tensor, tensor])).toThrow("one tensor of 10 numbers, not 10, 10");
  });
});
