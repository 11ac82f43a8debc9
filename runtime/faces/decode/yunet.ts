import type { Sides } from "../crop.ts";
import type { FivePoints } from "../geometry.ts";
import type { DetectedFace } from "./detected-face.ts";
import { UnreadableOutput, type Tensor } from "./tensor.ts";

const strides = [8, 16, 32] as const;

/**
 * Boxes and five points of YuNet: twelve tensors, `cls`, `obj`, `bbox` and `kps`, each at strides 8, 16 and 32, of shape
 * [1, cells, 1 | 1 | 4 | 10]. The score is the root of the product of class and object score.
 *
 * Source: Wu, Peng and Yu, "YuNet: A tiny millisecond-level face detector", 2023; decoding as OpenCV's FaceDetectorYN.
 */
export function decodeYuNet(tensors: readonly Tensor[], input: Sides, threshold: number): DetectedFace[] {
  if (tensors.length !== 4 * strides.length) {
    throw new UnreadableOutput(
      "YuNet",
      `it takes twelve tensors (cls, obj, bbox, kps by stride), not ${tensors.length}`,
    );
  }
  return strides.flatMap((stride, level) => {
    const [scores, objects, boxes, points] = [0, 3, 6, 9].map((kind) => tensors[kind + level]!.data);
    const columns = Math.ceil(input.width / stride);
    const cells = columns * Math.ceil(input.height / stride);
    const complete = scores!.length === cells && objects!.length === cells && boxes!.length === 4 * cells;
    if (!complete || points!.length !== 10 * cells) {
      throw new UnreadableOutput("YuNet", `stride ${stride} must have ${cells} cells with 1, 1, 4 and 10 numbers each`);
    }
    const faces: DetectedFace[] = [];
    for (let k = 0; k < cells; k++) {
      const score = Math.sqrt(unit(scores![k]!) * unit(objects![k]!));
      if (score < threshold) continue;
      const place = { column: k % columns, row: Math.floor(k / columns), stride };
      faces.push({ box: boxAt(boxes!, k, place), score, points: pointsAt(points!, k, place) });
    }
    return faces;
  });
}

interface Place {
  column: number;
  row: number;
  stride: number;
}

function boxAt(data: Float32Array, k: number, { column, row, stride }: Place) {
  const width = Math.exp(data[4 * k + 2]!) * stride;
  const height = Math.exp(data[4 * k + 3]!) * stride;
  const x = (column + data[4 * k]!) * stride;
  const y = (row + data[4 * k + 1]!) * stride;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function pointsAt(data: Float32Array, k: number, { column, row, stride }: Place): FivePoints {
  const point = (n: number) => ({
    x: (column + data[10 * k + 2 * n]!) * stride,
    y: (row + data[10 * k + 2 * n + 1]!) * stride,
  });
  return [point(0), point(1), point(2), point(3), point(4)];
}

function unit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
