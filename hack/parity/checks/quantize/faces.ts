import { cropBox, cropPoints, letterbox } from "../../../../runtime/faces/crop.ts";
import type { FivePoints, Point } from "../../../../runtime/faces/geometry.ts";
import type { RgbImage } from "../../../../runtime/faces/image.ts";
import { packPixels, type PixelFormat } from "../../../../runtime/faces/pack.ts";
import { Sampler } from "../../../../runtime/faces/sample.ts";
import type { Similarity } from "../../../../runtime/faces/similarity.ts";
import {
  createRandom,
  deriveSeed,
  drawFace,
  drawIdentity,
  drawView,
  type Box,
  type Felt,
} from "../../../people/people.ts";

/** A picture of one person, and where the face is in it. */
export interface Portrait {
  readonly person: string;
  readonly image: RgbImage;
  readonly points: FivePoints;
  readonly box: Box;
}

/** Which part of a picture a network sees. */
export type Part = "aligned face" | "box" | "whole";

/** How a network takes a picture: a square of `side` pixels, RGB of (0 to 255 - mean) / std, channels first. */
export interface Look {
  readonly part: Part;
  readonly side: number;
  readonly mean: number;
  readonly std: number;
}

/** Where eyes, nose and corners of the mouth come to lie in an aligned face (hack/models/README.md). */
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

/** People and how often each is drawn; the same seeds give the same pictures. */
export interface Group {
  readonly firstSeed: number;
  readonly people: number;
  readonly picturesEach: number;
}

/** Draws the people of a group, person by person. */
export function* drawPortraits({ firstSeed, people, picturesEach }: Group): Generator<Portrait, void> {
  for (let seed = firstSeed; seed < firstSeed + people; seed++)
    for (let number = 0; number < picturesEach; number++) {
      const pictureSeed = deriveSeed(seed, number, 77);
      const { width, height, rgb, truth } = drawFace({
        identity: drawIdentity(seed),
        expression: shows[number % shows.length]!,
        view: drawView(createRandom(pictureSeed), size),
        size,
        seed: pictureSeed,
      });
      const points = truth.points.map(([x, y]): Point => ({ x, y })) as unknown as FivePoints;
      yield { person: String(seed), image: { width, height, data: rgb }, points, box: truth.box };
    }
}

/** What a network is given of pictures, one after the other: [pictures, 3, side, side]. */
export function lookAt(portraits: readonly Portrait[], { part, side, mean, std }: Look): Float32Array {
  const sampler = new Sampler(side, side);
  const format: PixelFormat = {
    ...{ width: side, height: side, layout: "NCHW", color: "RGB" },
    ...{ mean: [mean, mean, mean], std: [std, std, std] },
  };
  const one = 3 * side * side;
  const all = new Float32Array(portraits.length * one);
  for (const [place, portrait] of portraits.entries()) {
    const pixels = sampler.sample(portrait.image, crops[part](portrait, sampler));
    packPixels(pixels, format, all.subarray(place * one, (place + 1) * one));
  }
  return all;
}

const crops: Readonly<Record<Part, (portrait: Portrait, sampler: Sampler) => Similarity>> = {
  "aligned face": ({ points }, sampler) => cropPoints(points, template, sampler)!,
  box: ({ box }, sampler) => cropBox(box, 0, sampler),
  whole: ({ image: { width, height } }, sampler) => letterbox({ x: 0, y: 0, width, height }, sampler),
};
