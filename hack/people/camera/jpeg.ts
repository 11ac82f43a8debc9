import sharp from "sharp";

/** A picture of bytes: interleaved RGB. */
export type Bitmap = { width: number; height: number; rgb: Uint8Array };

/** As a network camera compresses: quality 88, colors at half the resolution. */
export async function encodeJpeg({ width, height, rgb }: Bitmap): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer();
}
