import { cropPoints } from "../../../../runtime/faces/crop.ts";
import type { FivePoints, Point } from "../../../../runtime/faces/geometry.ts";
import { inputDims, packPixels, type PixelFormat } from "../../../../runtime/faces/pack.ts";
import { Sampler } from "../../../../runtime/faces/sample.ts";
import {
  createRandom,
  deriveSeed,
  drawFace,
  drawIdentity,
  drawView,
  type Felt,
  type Picture,
} from "../../../people/people.ts";

/** A face as a recognizer sees it, and whose it is. */
export interface Face {
  readonly person: string;
  /** Float32 RGB of 0 to 255, channels first, one picture. */
  readonly pixels: Float32Array;
}

/** Where eyes, nose and corners of the mouth come to lie in a crop (hack/models/README.md). */
const template = [
  { x: 0.2987, y: 0.2917 },
  { x: 0.6868, y: 0.2917 },
  { x: 0.4928, y: 0.5115 },
  { x: 0.3197, y: 0.7055 },
  { x: 0.6658, y: 0.7055 },
] as const satisfies FivePoints;

const size = { width: 288, height: 288 };
const shows: readonly Felt[] = [
  { name: "neutral", strength: 1 },
  { name: "happy", strength: 0.5 },
  { name: "surprised", strength: 0.4 },
  { name: "neutral", strength: 1 },
  { name: "sad", strength: 0.5 },
  { name: "neutral", strength: 1 },
];

/** People and how often each is drawn; the same seeds give the same faces. */
export interface Group {
  readonly firstSeed: number;
  readonly people: number;
  readonly picturesEach: number;
}

/** Drawn people, each picture cropped to `side` pixels by the points that were drawn. */
export function* drawFaces({ firstSeed, people, picturesEach }: Group, side: number): Generator<Face, void> {
  const sampler = new Sampler(side, side);
  for (let seed = firstSeed; seed < firstSeed + people; seed++)
    for (let number = 0; number < picturesEach; number++) {
      const pictureSeed = deriveSeed(seed, number, 77);
      const picture = drawFace({
        identity: drawIdentity(seed),
        expression: shows[number % shows.length]!,
        view: drawView(createRandom(pictureSeed), size),
        size,
        seed: pictureSeed,
      });
      yield { person: String(seed), pixels: crop(picture, sampler) };
    }
}

function crop({ width, height, rgb, truth }: Picture, sampler: Sampler): Float32Array {
  const points = truth.points.map(([x, y]): Point => ({ x, y })) as unknown as FivePoints;
  const placed = cropPoints(points, template, sampler)!;
  return packed(sampler.sample({ width, height, data: rgb }, placed), sampler.width);
}

/** Pixels of a crop, channels first. */
export function packed(pixels: Float32Array, side: number): Float32Array {
  const format: PixelFormat = {
    ...{ width: side, height: side, layout: "NCHW", color: "RGB" },
    ...{ mean: [0, 0, 0], std: [1, 1, 1] },
  };
  const input = new Float32Array(inputDims(format).reduce((product, dim) => product * dim, 1));
  packPixels(pixels, format, input);
  return input;
}
