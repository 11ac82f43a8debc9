import { blankImage, type RgbImage } from "../../../../runtime/faces/image.ts";

/** Width, height and greatest value after the magic number; comments may stand between them. */
const header = /^P5(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+255\s/;
/** Bytes in which a header must end. */
const headerBytes = 1024;
/** Beyond it a picture is no photograph of a face. */
const mostPixels = 4096 * 4096;

/**
 * Decodes a binary PGM of one byte a pixel.
 * Source: https://netpbm.sourceforge.net/doc/pgm.html
 * @throws {Error} saying what is wrong with the bytes.
 */
export function decodeGreymap(bytes: Uint8Array): RgbImage {
  const found = header.exec(new TextDecoder("latin1").decode(bytes.subarray(0, headerBytes)));
  if (found === null) throw new Error("it is no binary PGM of 8 bits");
  const [width, height] = [Number(found[1]), Number(found[2])];
  const pixels = bytes.subarray(found[0].length);
  if (width * height > mostPixels) throw new Error(`it has ${width} by ${height} pixels, more than ${mostPixels}`);
  if (pixels.length < width * height) throw new Error(`it ends after ${pixels.length} of ${width} by ${height} pixels`);
  const image = blankImage(width, height);
  for (let i = 0; i < width * height; i++) image.data.fill(pixels[i]!, 3 * i, 3 * i + 3);
  return image;
}
