import { mixColor, paintTexel, scaleColor } from "../canvas/brush.ts";
import { type Canvas, eachMirrored } from "../canvas/canvas.ts";
import { clamp, smoothstep } from "../canvas/falloff.ts";
import type { Beard, Identity } from "../identity/identity.ts";
import { createNoise } from "../random/noise.ts";
import { deriveSeed } from "../random/random.ts";
import type { Anchors } from "./anchors.ts";

/** Where a beard grows at a point: each a cover from 0 to 1. */
type Growth = { cheeks: number; lip: number; chin: number };

const COVER: Record<Exclude<Beard, "none">, (growth: Growth) => number> = {
  stubble: ({ cheeks, lip, chin }) => 0.38 * Math.max(cheeks, lip, chin),
  full: ({ cheeks, lip, chin }) => 0.93 * Math.max(cheeks, lip, chin),
  goatee: ({ lip, chin }) => 0.93 * Math.max(lip, chin),
  mustache: ({ lip }) => 0.95 * lip,
};

/** Grows the beard, if there is one; the mouth is painted over it. */
export function growBeard(canvas: Canvas, identity: Identity, anchors: Anchors): void {
  const { beard, hair, skin } = identity;
  if (beard === "none") return;
  const hairs = createNoise(deriveSeed(identity.seed, 4), { x: 32, y: 19 });
  const color = mixColor(scaleColor(hair.color, 0.7), skin.color, 0.04);
  const region = { left: 0, right: 1, top: 0.1, bottom: anchors.chin + 0.1 };
  eachMirrored(canvas, region, (index, x, y) => {
    const growth = growthAt(identity, anchors, x, y);
    const cover = COVER[beard](growth);
    if (cover === 0) return;
    const hair = hairs(index % 2 === 0 ? x : x + 30, y);
    const grown = clamp(cover * (1 + 0.12 * hair), 0, 1);
    paintTexel(canvas, index, color, grown);
    canvas.gloss[index]! *= 1 - grown;
    if (beard !== "stubble") canvas.height[index]! += 0.03 * grown * (1 + 0.1 * hair);
  });
}

function growthAt({ beard }: Identity, { noseY, mouthY }: Anchors, x: number, y: number): Growth {
  const slope = clamp(x - 0.25, 0, 0.4) ** 1.2;
  const under = smoothstep(mouthY + 0.1, mouthY + 0.2, y);
  const line = ((y - noseY - 0.12 - 0.18 * x) / 0.055) ** 4;
  return {
    cheeks: smoothstep(-0.03, 0.1, y - noseY - 0.18 + 0.9 * slope) * smoothstep(0.22, 0.34, x),
    lip: line < 8 ? Math.exp(-line) * smoothstep(0.34, 0.26, x) : 0,
    chin: beard === "goatee" ? under * smoothstep(0.32, 0.22, x) : under,
  };
}
