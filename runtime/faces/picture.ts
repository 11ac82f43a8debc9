import sharp, { type Sharp } from "sharp";
import { blankImage, type RgbImage } from "./image.ts";

/** Bytes that are no picture, or one that is too large; `problem` says which, without their content. */
export class UnreadablePicture extends Error {
  override readonly name = "UnreadablePicture";
}

/** Bounds on pictures from cameras and datasets. */
export const pictureLimits = { bytes: 32 * 1024 * 1024, pixels: 4096 * 4096 } as const;

sharp.cache(false);
// A camera's picture is too small to share out: threads would only wait for each other.
sharp.concurrency(1);
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer"],
});

/**
 * Decodes a JPEG, PNG or WebP picture to sRGB, upright by its EXIF orientation, its alpha dropped.
 * @throws UnreadablePicture for anything else, for damaged data and beyond `limits`.
 */
export async function decodePicture(
  bytes: Uint8Array,
  limits: { bytes: number; pixels: number } = pictureLimits,
): Promise<RgbImage> {
  if (bytes.length > limits.bytes) {
    throw new UnreadablePicture(`the picture has ${bytes.length} bytes: at most ${limits.bytes} are read`);
  }
  try {
    return await decode(
      sharp(bytes, { limitInputPixels: limits.pixels, failOn: "error", pages: 1, sequentialRead: true }),
    );
  } catch (error) {
    if (error instanceof UnreadablePicture) throw error;
    const problem = `the picture is damaged, no JPEG, PNG or WebP, or larger than ${limits.pixels} pixels`;
    throw new UnreadablePicture(problem, { cause: error });
  }
}

async function decode(picture: Sharp): Promise<RgbImage> {
  const raw = picture.autoOrient().removeAlpha().toColorspace("srgb").raw();
  const { data, info } = await raw.toBuffer({ resolveWithObject: true });
  const image = blankImage(info.width, info.height);
  if (info.channels === 3) image.data.set(data);
  else for (let k = 0; k < image.data.length; k++) image.data[k] = data[Math.floor(k / 3) * info.channels]!;
  return image;
}
