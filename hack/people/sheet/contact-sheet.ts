import sharp from "sharp";
import { drawView } from "../camera/draw-view.ts";
import { expressions } from "../expression/expression.ts";
import { drawFace } from "../face.ts";
import { drawIdentity } from "../identity/draw-identity.ts";
import { createRandom, deriveSeed } from "../random/random.ts";

export type SheetOptions = { seeds: readonly number[]; side: number };

/** Pictures of people side by side as a JPEG: a row a person, a column an expression, in the usual order. */
export async function drawContactSheet({ seeds, side }: SheetOptions): Promise<Buffer> {
  const size = { width: side, height: side };
  const tiles = seeds.flatMap((seed, row) =>
    expressions.map((name, column) => {
      const pictureSeed = deriveSeed(seed, column, 0x5ee7);
      const { rgb } = drawFace({
        identity: drawIdentity(seed),
        expression: { name, strength: 1 },
        view: drawView(createRandom(pictureSeed), size, { nuisance: 0.8 }),
        size,
        seed: pictureSeed,
      });
      return {
        input: Buffer.from(rgb.buffer, rgb.byteOffset, rgb.length),
        raw: { ...size, channels: 3 as const },
        left: column * side,
        top: row * side,
      };
    }),
  );
  const background = { r: 0, g: 0, b: 0 };
  const sheet = { width: side * expressions.length, height: side * seeds.length, channels: 3 as const, background };
  return sharp({ create: sheet }).composite(tiles).jpeg({ quality: 80, mozjpeg: true }).toBuffer();
}
