import { polish, tint, tintTexel } from "../canvas/brush.ts";
import { BOUNDS, type Canvas, type Color, eachMirrored, eachTexel } from "../canvas/canvas.ts";
import { bell, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import { createNoise } from "../random/noise.ts";
import { deriveSeed } from "../random/random.ts";
import type { Anchors } from "./anchors.ts";
import { ABYSS } from "./skull.ts";

/** More blood, less green and blue. */
const BLUSH: Color = [0.04, -0.16, -0.14];
/** Thin skin over shade: darker, a little warmer. */
const SHADE: Color = [-0.8, -1, -1];

/** Lays the skin: its tone, mottled, redder where blood is near, darker in the hollows, and freckles. */
export function paintSkin(canvas: Canvas, identity: Identity, anchors: Anchors, movement: Movement): void {
  layTone(canvas, identity);
  const { skin, eyes, age } = identity;
  const { eyeX, chin } = anchors;
  const thin = 1.3 - skin.tone;
  tint(canvas, { x: 0.43, y: 0.3, rx: 0.2, ry: 0.16 }, (0.5 + 0.3 * movement.cheek) * thin, BLUSH);
  tint(canvas, { x: 0, y: chin - 0.12, rx: 0.2, ry: 0.12 }, 0.15 * thin, BLUSH);
  tint(canvas, { x: 0, y: -0.5, rx: 0.5, ry: 0.2 }, -0.2 * thin, BLUSH);
  tint(canvas, { x: eyeX, y: 0.115, rx: 0.16, ry: 0.045 }, 0.14 + 0.25 * age, [-0.7, -0.9, -0.75]);
  tint(canvas, { x: eyeX, y: -0.075, rx: 0.2, ry: 0.07 }, eyes.shadow, [-0.75, -0.95, -0.85]);
  tint(canvas, { x: 0.17, y: -0.03, rx: 0.07, ry: 0.1 }, 0.18, SHADE);
  tint(canvas, { x: 0.27, y: -0.075, rx: 0.2, ry: 0.045 }, 0.3 * Math.max(0, -movement.innerBrow), SHADE);
  polish(canvas, { x: 0, y: -0.45, rx: 0.35, ry: 0.2 }, 0.25);
  polish(canvas, { x: 0.42, y: 0.2, rx: 0.12, ry: 0.1 }, 0.2);
  if (skin.freckles > 0) sprinkleFreckles(canvas, identity);
}

function layTone(canvas: Canvas, { seed, skin }: Identity): void {
  const light = createNoise(deriveSeed(seed, 1), { x: 2.2, y: 2.2, octaves: 4 });
  const warmth = createNoise(deriveSeed(seed, 2), { x: 3, y: 3, octaves: 2 });
  eachTexel(canvas, BOUNDS, (index, x, y) => {
    if (canvas.height[index]! <= ABYSS) return;
    const bright = 1 + 0.022 * light(x, y);
    const warm = bright * (1 + 0.018 * warmth(x, y));
    canvas.red[index] = skin.color[0] * bright;
    canvas.green[index] = skin.color[1] * warm;
    canvas.blue[index] = skin.color[2] * warm;
    canvas.gloss[index] = 0.5;
  });
}

function sprinkleFreckles(canvas: Canvas, { seed, skin }: Identity): void {
  const speck = createNoise(deriveSeed(seed, 3), { x: 19, y: 19 });
  eachMirrored(canvas, { left: 0, right: 0.9, top: -0.3, bottom: 0.75 }, (index, x, y) => {
    const where = bell(((x - 0.3) / 0.35) ** 2 + ((y - 0.2) / 0.25) ** 2);
    if (where === 0) return;
    const dot = smoothstep(1, 1.5, speck(index % 2 === 0 ? x : x + 40, y)) * where;
    tintTexel(canvas, index, -skin.freckles * dot, [0.35, 0.5, 0.55]);
  });
}

/** Reddens the ears and darkens their bowl. */
export function paintEars(canvas: Canvas, { skull }: Identity): void {
  const x = skull.width + 0.035;
  tint(canvas, { x, y: 0.1, rx: 0.09, ry: 0.17 }, 0.9, BLUSH);
  tint(canvas, { x: x + 0.005, y: 0.1, rx: 0.03 * skull.ears, ry: 0.075 * skull.ears }, 0.4, SHADE);
}
