import { scaleColor } from "../canvas/brush.ts";
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

/** A layer behind the head: its color and cover at a point of the body, in head units from the nape. */
type Layer = (x: number, y: number) => { color: Color; cover: number };

/** Draws hair behind the neck, the neck, and the clothed shoulders; the head goes over them. */
export function drawBody(frame: Frame, { identity, anchors }: Head, view: View): void {
  const upright = projectionOf({ ...view, yaw: 0.35 * view.yaw, pitch: 0.2 * view.pitch, roll: 0.35 * view.roll });
  const nape = project(upright, [0, 0, -0.35]);
  const layers: Layer[] = [neck(identity, anchors.chin, view.light), clothes(identity, view)];
  if (hairEnd(identity) > 0.5) layers.unshift(backHair(identity, view.light));
  const reach = 3 * view.scale;
  const box = {
    left: nape[0] - reach,
    right: nape[0] + reach,
    top: nape[1] - 0.9 * view.scale,
    bottom: frame.height,
  };
  eachPixel(frame, box, (pixel, px, py) => {
    const x = (px - nape[0]) / view.scale;
    const y = (py - nape[1]) / view.scale;
    for (const layer of layers) {
      const { color, cover } = layer(x, y);
      if (cover > 0) coverPixel(frame, pixel, color, cover);
    }
  });
}

const NOTHING: Color = [0, 0, 0];

function backHair(identity: Identity, light: Light): Layer {
  const { hair, skull, seed } = identity;
  const strands = createNoise(deriveSeed(seed, 11), { x: 24, y: 1.5, octaves: 2 });
  const half = skull.width + 0.4 * hairThickness(identity);
  const end = hairEnd(identity);
  return (x, y) => {
    const away = abs(x);
    if (away > half + 0.1 || y < 0 || y > end + 0.2) return { color: NOTHING, cover: 0 };
    const strand = strands(x, y);
    const cover =
      smoothstep(0.04, -0.04, away - half + 0.02 * strand) * smoothstep(0.08, -0.08, y - end + 0.03 * strand);
    const shade = flatLight(light, x / half) * (0.4 + 0.09 * strand);
    return { color: scaleColor(hair.color, max(0.05, shade)), cover };
  };
}

function neck({ skin, masculine, skull }: Identity, chin: number, light: Light): Layer {
  const width = 0.4 + 0.07 * masculine + 0.12 * (skull.width - 0.76);
  return (x, y) => {
    const half = width + 0.26 * smoothstep(-0.2, 0.35, y - chin);
    const turn = clamp(x / half, -1, 1);
    const cover = y > -0.5 ? smoothstep(0.015, -0.015, abs(x) - half) : 0;
    if (cover === 0) return { color: NOTHING, cover };
    const round = sqrt(max(0.04, 1 - 0.85 * turn * turn));
    const underChin = 1 - 0.6 * smoothstep(0.4, -0.05, y - chin);
    return { color: scaleColor(skin.color, flatLight(light, turn) * round * underChin * 0.85), cover };
  };
}

/** Shoulders, and a neckline whose cut is drawn with the clothes. */
function clothes({ masculine }: Identity, { clothes: seed, light }: View): Layer {
  const random = createRandom(deriveSeed(seed, 0xc107));
  const color = clothColor(random.next(), random.uniform(0, 0.8), random.uniform(0.05, 0.9));
  const folds = createNoise(deriveSeed(seed, 0xf01d), { x: 1.6, y: 1.2, octaves: 2 });
  const vee = random.uniform(0.2, 1.5);
  const shoulder = 1.75 + 0.25 * masculine;
  return (x, y) => {
    const away = abs(x);
    const slope = 1.1 + 0.3 * max(0, away - 0.45) ** 1.15 + 0.9 * smoothstep(shoulder * 0.8, shoulder * 1.25, away);
    const neckline = 1.45 - 0.35 * smoothstep(0.12, 0.58, away) + vee * 0.35 * smoothstep(0.42, 0, away);
    const cover = smoothstep(-0.012, 0.012, y - max(slope, neckline));
    if (cover === 0) return { color: NOTHING, cover };
    const hem = 1 - 0.35 * smoothstep(0.05, 0.0, abs(y - neckline - 0.045) - 0.004) * smoothstep(0.6, 0.5, away);
    const round = 1 - 0.35 * clamp(away / (shoulder * 1.1), 0, 1) ** 3;
    return { color: scaleColor(color, flatLight(light, 0.5 * x) * (0.8 + 0.07 * folds(x, y)) * round * hem), cover };
  };
}
