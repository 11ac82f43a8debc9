import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { blankImage, type RgbImage } from "./image.ts";
import { Sampler } from "./sample.ts";

/** A picture with a value for each pixel and channel. */
function drawn(width: number, height: number, value: (x: number, y: number, channel: number) => number): RgbImage {
  const image = blankImage(width, height);
  for (let k = 0; k < image.data.length; k++) {
    const pixel = Math.floor(k / 3);
    image.data[k] = value(pixel % width, Math.floor(pixel / width), k % 3);
  }
  return image;
}

const noisy = drawn(97, 61, (x, y, channel) => (x * 37 + y * 101 + channel * 59 + x * y * 7) % 256);
const whole = (image: RgbImage, side: number) => ({ a: Math.max(image.width, image.height) / side, b: 0, x: 0, y: 0 });

describe("a crop", () => {
  test("of the same size is the picture itself", () => {
    const sampler = new Sampler(97, 61);
    expect([...sampler.sample(noisy, { a: 1, b: 0, x: 0, y: 0 })]).toEqual([...noisy.data]);
  });

  test("turned by a quarter shows each pixel in its new place", () => {
    const image = drawn(8, 8, (x, y, channel) => 20 * x + y + channel);
    const pixels = new Sampler(8, 8).sample(image, { a: 0, b: 1, x: 8, y: 0 });
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) expect(pixels[3 * (8 * y + x)]).toBeCloseTo(20 * (7 - y) + x, 4);
    }
  });

  test("of a plain picture is plain, however it is cut and turned within it", () => {
    const image = drawn(200, 200, () => 77);
    const angle = fc.double({ min: -3.1, max: 3.1, noNaN: true });
    const scale = fc.double({ min: 0.05, max: 2.8, noNaN: true });
    fc.assert(
      fc.property(angle, scale, (turn, size) => {
        const [a, b] = [size * Math.cos(turn), size * Math.sin(turn)];
        const pixels = new Sampler(32, 32).sample(image, { a, b, x: 100 - 16 * (a - b), y: 100 - 16 * (a + b) });
        expect(pixels.every((value) => Math.abs(value - 77) < 1e-3)).toBe(true);
      }),
    );
  });

  test("keeps the mean of what it shows when it is smaller", () => {
    const image = drawn(96, 96, (x, y, channel) => (x * 13 + y * 29 + channel * 83) % 256);
    const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
    for (const side of [48, 32, 24, 17, 7]) {
      expect(mean(new Sampler(side, side).sample(image, whole(image, side)))).toBeCloseTo(mean(image.data), 2);
    }
  });

  test("averages exactly the pixels that fall together", () => {
    const image = drawn(64, 64, (x, y, channel) => (x * 5 + y * 11 + channel * 40) % 256);
    const pixels = new Sampler(16, 16).sample(image, whole(image, 16));
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        let sum = 0;
        for (let k = 0; k < 16; k++) sum += image.data[3 * (64 * (4 * y + Math.floor(k / 4)) + 4 * x + (k % 4))]!;
        expect(pixels[3 * (16 * y + x)]).toBeCloseTo(sum / 16, 3);
      }
    }
  });

  test("interpolates between the centers of pixels when it is larger", () => {
    const image = drawn(4, 1, (x) => 60 * x);
    const pixels = new Sampler(8, 2).sample(image, { a: 0.5, b: 0, x: 0, y: 0 });
    expect(Array.from({ length: 8 }, (_, x) => pixels[3 * x])).toEqual([0, 15, 45, 75, 105, 135, 165, 180]);
  });

  test("is black beyond the picture", () => {
    const image = drawn(10, 10, () => 200);
    const pixels = new Sampler(20, 20).sample(image, { a: 1, b: 0, x: -5, y: -5 });
    const at = (x: number, y: number) => pixels[3 * (20 * y + x)];
    expect([at(0, 0), at(4, 10), at(5, 5), at(14, 14), at(15, 15)]).toEqual([0, 0, 200, 200, 0]);
  });

  test("upright or turned by nothing at all is nearly the same", () => {
    const upright = Float32Array.from(new Sampler(40, 40).sample(noisy, { a: 0.7, b: 0, x: 11, y: 7 }));
    const turned = new Sampler(40, 40).sample(noisy, { a: 0.7, b: 1e-12, x: 11, y: 7 });
    expect(Math.max(...upright.map((value, k) => Math.abs(value - turned[k]!)))).toBeLessThan(1e-3);
  });
});
