import type { Sides } from "../crop.ts";
import type { DetectedFace } from "./detected-face.ts";
import { sigmoid, UnreadableOutput, type Tensor } from "./tensor.ts";

const cell = 32;
const values = 5;

/** Width and height of the five anchors in cells, as face-api trained its tiny face detector with. */
const anchors = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

/**
 * Boxes of a Tiny YOLO v2 with one class: one tensor [1, rows, columns, 25], five numbers (x, y, width, height, score,
 * all before their activations) for each of five anchors in each cell of 32 by 32 pixels.
 *
 * Source: Redmon and Farhadi, "YOLO9000", CVPR 2017, sec. 2; anchors of @vladmandic/face-api, tinyFaceDetector.
 */
export function decodeTinyYolo2(tensors: readonly Tensor[], _input: Sides, threshold: number): DetectedFace[] {
  const [grid] = tensors;
  const [batch, rows = 0, columns = 0, depth] = grid?.dims ?? [];
  if (grid === undefined || tensors.length !== 1 || batch !== 1 || depth !== values * anchors.length) {
    const dims = tensors.map((tensor) => `[${tensor.dims.join(", ")}]`).join(", ");
    throw new UnreadableOutput("TinyYolo2", `it takes one tensor [1, rows, columns, 25], not ${dims}`);
  }
  const faces: DetectedFace[] = [];
  for (let k = 0; k < rows * columns * anchors.length; k++) {
    const score = sigmoid(grid.data[k * values + 4]!);
    if (score >= threshold) faces.push({ box: boxAt(grid.data, k, columns), score });
  }
  return faces;
}

function boxAt(data: Float32Array, k: number, columns: number) {
  const place = Math.floor(k / anchors.length);
  const [wide, high] = anchors[k % anchors.length]!;
  const at = k * values;
  const width = Math.exp(data[at + 2]!) * wide * cell;
  const height = Math.exp(data[at + 3]!) * high * cell;
  const x = ((place % columns) + sigmoid(data[at]!)) * cell;
  const y = (Math.floor(place / columns) + sigmoid(data[at + 1]!)) * cell;
  return { x: x - width / 2, y: y - height / 2, width, height };
}
