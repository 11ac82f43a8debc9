import { paintTexel } from "../canvas/brush.ts";
import { type Canvas, eachColumn } from "../canvas/canvas.ts";
import { clamp, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Brows, Identity } from "../identity/identity.ts";
import { createNoise } from "../random/noise.ts";
import { deriveSeed } from "../random/random.ts";

const { abs, exp, sin } = Math;

/** Paints both brows as soft bands of hair along an arch. */
export function paintBrows(canvas: Canvas, { brows, seed }: Identity, movement: Movement): void {
  const hairs = createNoise(deriveSeed(seed, 6), { x: 30, y: 22 });
  const start = brows.start - 0.03 * movement.furrow;
  const reach = start + 1.1 * brows.length;
  for (const side of [-1, 1]) {
    const region = { left: side < 0 ? -reach : 0, right: side < 0 ? 0 : reach, top: -0.62, bottom: 0.1 };
    eachColumn(canvas, region, (x) => {
      const along = clamp((side * x - start) / brows.length, -0.2, 1.3);
      const middle = browHeight(brows, movement, along);
      const inside = clamp(along, 0, 1);
      const half = brows.thickness * (1 - 0.68 * inside ** 1.6) * (0.75 + 0.25 * smoothstep(-0.05, 0.15, along));
      const end = smoothstep(1.08, 0.9, along);
      return (index, y) => {
        const distance = abs(y - middle) / half;
        if (distance > 3) return;
        const hair = hairs(x + 1.2 * y * side, y);
        const band = exp(-(distance ** brows.sharpness)) * smoothstep(-0.09, 0.05, along + 0.03 * hair) * end;
        const cover = clamp(band * (0.86 + 0.16 * hair), 0, 1);
        paintTexel(canvas, index, brows.color, 0.88 * cover);
        canvas.height[index]! += 0.008 * cover;
        canvas.gloss[index]! *= 1 - cover;
      };
    });
  }
}

/** The height of the brow's middle, from its inner end (0) to its outer end (1). */
function browHeight(brows: Brows, { innerBrow, outerBrow, wrinkle }: Movement, along: number): number {
  const inside = clamp(along, 0, 1);
  const rest = brows.y + brows.tilt * (along - 0.5) + 0.02 * along * along;
  const arch = 1.3 * brows.arch * sin(inside ** 1.2 * Math.PI);
  const inner = 0.095 * innerBrow * (1 - inside) ** 1.4;
  const outer = 0.095 * outerBrow * inside ** 0.8 * (1 - 0.25 * along);
  return rest - arch - inner - outer + 0.02 * wrinkle;
}
