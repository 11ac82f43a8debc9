import type { Color } from "../canvas/canvas.ts";
import { clamp, smoothstep } from "../canvas/falloff.ts";
import { hairEnd, hairThickness } from "../head/hair.ts";
import type { Head } from "../head/head.ts";
import type { Identity } from "../identity/identity.ts";
import { clothColor } from "../identity/palette.ts";
import { flatLight, type Light } from "../light/light.ts";
import { createNoise } from "../random/noise.ts";
import { createRandom, deriveSeed } from "../random/random.ts";
import { coverPixel, eachPixel, type Frame } from "./frame.ts";
import { project, projectionOf, type View } from "./view.ts";

const { abs, max, sqrt } = Math;

/** A layer behind the head: how much of a point of the body it covers and how bright it is, in head units from the nape. */
type Layer = { color: Color; cover: (x: number, y: number) => number; brightness: (x: number, y: number) => number };

/** How far shoulders reach to each side, and how far above the nape a body begins. */
const REACH = 2.6;
const TOP = -0.5;

/** Draws hair behind the neck, the neck, and the clothed shoulders; the head goes over them. */
export function drawBody(frame: Frame, { identity, anchors }: Head, view: View): void {
  const upright = projectionOf({ ...view, yaw: 0.35 * view.yaw, pitch: 0.2 * view.pitch, roll: 0.35 * view.roll });
  const [left, top] = project(upright, [0, 0, -0.35]);
  const { scale } = view;
  const layers: Layer[] = [neck(identity, anchors.chin, view.light), clothes(identity, view)];
  if (hairEnd(identity) > 0.5) layers.unshift(backHair(identity, view.light));
  const box = { left: left - REACH * scale, right: left + REACH * scale, top: top + TOP * scale, bottom: frame.height };
  eachPixel(frame, box, (pixel, px, py) => {
    const x = (px - left) / scale;
    const y = (py - top) / scale;
    for (const { color, cover, brightness } of layers) {
      const covered = cover(x, y);
      if (covered > 0) coverPixel(frame, pixel, color, brightness(x, y), covered);
    }
  });
}

function backHair(identity: Identity, light: Light): Layer {
  const { hair, skull, seed } = identity;
  const strands = createNoise(deriveSeed(seed, 11), { x: 24, y: 1.5, octaves: 2 });
  const half = skull.width + 0.4 * hairThickness(identity);
  const end = hairEnd(identity);
  return {
    color: hair.color,
    cover: (x, y) => {
      if (abs(x) > half + 0.1 || y < 0 || y > end + 0.2) return 0;
      const strand = strands(x, y);
      return smoothstep(0.04, -0.04, abs(x) - half + 0.02 * strand) * smoothstep(0.08, -0.08, y - end + 0.03 * strand);
    },
    brightness: (x, y) => max(0.05, flatLight(light, x / half) * (0.4 + 0.09 * strands(x, y))),
  };
}

function neck({ skin, masculine, skull }: Identity, chin: number, light: Light): Layer {
  const width = 0.4 + 0.07 * masculine + 0.12 * (skull.width - 0.76);
  const halfAt = (y: number): number => width + 0.26 * smoothstep(-0.2, 0.35, y - chin);
  return {
    color: skin.color,
    cover: (x, y) => smoothstep(0.015, -0.015, abs(x) - halfAt(y)),
    brightness: (x, y) => {
      const turn = clamp(x / halfAt(y), -1, 1);
      const round = sqrt(max(0.04, 1 - 0.85 * turn * turn));
      const underChin = 1 - 0.6 * smoothstep(0.4, -0.05, y - chin);
      return 0.85 * flatLight(light, turn) * round * underChin;
    },
  };
}

/** Shoulders, and a neckline whose cut is drawn with the clothes. */
function clothes({ masculine }: Identity, { clothes: seed, light }: View): Layer {
  const random = createRandom(deriveSeed(seed, 0xc107));
  const color = clothColor(random.next(), random.uniform(0, 0.8), random.uniform(0.05, 0.9));
  const folds = createNoise(deriveSeed(seed, 0xf01d), { x: 1.6, y: 1.2, octaves: 2 });
  const vee = random.uniform(0.2, 1.5);
  const shoulder = 1.75 + 0.25 * masculine;
  const neckline = (away: number): number =>
    1.45 - 0.35 * smoothstep(0.12, 0.58, away) + vee * 0.35 * smoothstep(0.42, 0, away);
  return {
    color,
    cover: (x, y) => {
      const away = abs(x);
      const slope = 1.1 + 0.3 * max(0, away - 0.45) ** 1.15 + 0.9 * smoothstep(shoulder * 0.8, shoulder * 1.25, away);
      return smoothstep(-0.012, 0.012, y - max(slope, neckline(away)));
    },
    brightness: (x, y) => {
      const away = abs(x);
      const seam = smoothstep(0.05, 0, abs(y - neckline(away) - 0.045) - 0.004) * smoothstep(0.6, 0.5, away);
      const round = 1 - 0.35 * clamp(away / (shoulder * 1.1), 0, 1) ** 3;
      return flatLight(light, 0.5 * x) * (0.8 + 0.07 * folds(x, y)) * round * (1 - 0.35 * seam);
    },
  };
}
