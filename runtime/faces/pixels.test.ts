import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import sharp from "sharp";
import { blankImage } from "./image.ts";
import { blacken } from "./mask.ts";
import { inputDims, packPixels, type PixelFormat } from "./pack.ts";
import { decodePicture } from "./picture.ts";

const plain: PixelFormat = { width: 2, height: 1, layout: "NCHW", color: "RGB", mean: [0, 0, 0], std: [1, 1, 1] };
/** Two pixels: (1, 2, 3) and (4, 5, 6). */
const pixels = Float32Array.of(1, 2, 3, 4, 5, 6);

describe("a network's input", () => {
  test.each([
    ["planes of red, green and blue", {}, [1, 4, 2, 5, 3, 6], [1, 3, 1, 2]],
    ["planes of blue, green and red", { color: "BGR" }, [3, 6, 2, 5, 1, 4], [1, 3, 1, 2]],
    ["pixel by pixel", { layout: "NHWC" }, [1, 2, 3, 4, 5, 6], [1, 1, 2, 3]],
    ["pixel by pixel, blue first", { layout: "NHWC", color: "BGR" }, [3, 2, 1, 6, 5, 4], [1, 1, 2, 3]],
    ["less the mean, over the deviation", { mean: [1, 2, 3], std: [2, 2, 2] }, [0, 1.5, 0, 1.5, 0, 1.5], [1, 3, 1, 2]],
    ["with mean in the order of color", { color: "BGR", mean: [3, 2, 1] }, [0, 3, 0, 3, 0, 3], [1, 3, 1, 2]],
  ] as const)("can be %s", (_, changes, wanted, dims) => {
    const format = { ...plain, ...changes };
    const input = new Float32Array(6);
    packPixels(pixels, format, input);
    expect([...input]).toEqual(wanted);
    expect(inputDims(format)).toEqual(dims);
  });
});

describe("a picture", () => {
  const encoded = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: { r: 200, g: 100, b: 50 } } });

  test.each(["jpeg", "png", "webp"] as const)("is read from %s", async (format) => {
    const { width, height, data } = await decodePicture(await encoded(31, 17).toFormat(format).toBuffer());
    expect([width, height, data.length]).toEqual([31, 17, 3 * 31 * 17]);
    expect([...data.subarray(0, 3)].every((value, k) => Math.abs(value - [200, 100, 50][k]!) < 4)).toBe(true);
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("in gray or with alpha is read as red, green and blue", async () => {
    const gray = await decodePicture(await encoded(4, 4).grayscale().png().toBuffer());
    expect(gray.data[0]).toBe(gray.data[1]);
    expect(gray.data).toHaveLength(48);
    const alpha = await decodePicture(await encoded(4, 4).ensureAlpha(0.5).png().toBuffer());
    expect([...alpha.data.subarray(0, 3)]).toEqual([200, 100, 50]);
  });

  test("is turned upright by its EXIF orientation", async () => {
    const turned = await encoded(40, 20).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodePicture(turned)).toMatchObject({ width: 20, height: 40 });
  });

  test.each([
    ["no picture", () => Promise.resolve(Buffer.from("not a picture"))],
    ["nothing", () => Promise.resolve(Buffer.alloc(0))],
    ["cut off", async () => half(await encoded(300, 300).png().toBuffer())],
    ["a JPEG that is cut off", async () => half(await encoded(300, 300).jpeg().toBuffer())],
    ["in another format", () => encoded(8, 8).gif().toBuffer()],
    ["a drawing with scripts", () => Promise.resolve(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"))],
  ])("is refused when it is %s", async (_, bytes) => {
    await expect(bytes().then((picture) => decodePicture(picture))).rejects.toMatchObject({
      name: "UnreadablePicture",
    });
  });

  test("is refused beyond the limits before it is decoded", async () => {
    const png = await encoded(100, 100).png().toBuffer();
    await expect(decodePicture(png, { bytes: 1e6, pixels: 9_999 })).rejects.toThrow("larger than 9999 pixels");
    await expect(decodePicture(png, { bytes: 10, pixels: 1e6 })).rejects.toThrow("at most 10 are read");
  });
});

test("a mask blackens every pixel that it touches and no other", () => {
  const unit = fc.integer({ min: 0, max: 20 }).map((part) => part / 20);
  fc.assert(
    fc.property(fc.record({ x: unit, y: unit, width: unit, height: unit }), (area) => {
      const image = blankImage(20, 10);
      image.data.fill(9);
      blacken(image, [area]);
      for (let y = 0; y < 10; y++) {
        for (let x = 0; x < 20; x++) {
          const touched =
            x / 20 < area.x + area.width - 1e-9 &&
            (x + 1) / 20 > area.x + 1e-9 &&
            y / 10 < area.y + area.height - 1e-9 &&
            (y + 1) / 10 > area.y + 1e-9;
          if (touched && area.width > 0 && area.height > 0) expect(image.data[3 * (20 * y + x)]).toBe(0);
          const near = area.x - 0.05 <= x / 20 && x / 20 <= area.x + area.width + 1e-9;
          const level = area.y - 0.1 <= y / 10 && y / 10 <= area.y + area.height + 1e-9;
          if (!near || !level) expect(image.data[3 * (20 * y + x)]).toBe(9);
        }
      }
    }),
  );
});

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}
