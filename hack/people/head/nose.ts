import { paintTexel, polish, raise, scaleColor, tint } from "../canvas/brush.ts";
import { type Canvas, eachMirrored, eachTexel } from "../canvas/canvas.ts";
import { bell, clamp, mix, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";

/** Shapes bridge, tip and wings. */
export function sculptNose(canvas: Canvas, { nose }: Identity, { noseY }: Anchors, movement: Movement): void {
  const region = { left: -0.42, right: 0.42, top: -0.2, bottom: noseY + 0.06 };
  eachTexel(canvas, region, (index, x, y) => {
    const along = clamp((y + 0.06) / (noseY + 0.01), 0, 1);
    const ridge = mix(0.05, nose.projection, along ** 1.3);
    const ends = smoothstep(-0.18, 0.02, y) * smoothstep(noseY + 0.035, noseY - 0.09, y);
    const breadth = mix(nose.bridge, nose.tip, along * along);
    canvas.height[index]! += ridge * ends * bell(0.9 * (x / breadth) ** 2);
  });
  raise(canvas, { x: 0, y: noseY - 0.075, rx: nose.tip, ry: 0.085 }, 0.06);
  raise(canvas, { x: nose.width - 0.03, y: noseY - 0.06, rx: 0.055, ry: 0.055 }, 0.075 + 0.02 * movement.wrinkle);
  raise(canvas, { x: 0, y: noseY - 0.12, rx: 0.19, ry: 0.14 }, 0.025);
}

/** Paints the nose: a warm shining tip, the groove behind the wings, nostrils and their shadow. */
export function paintNose(canvas: Canvas, identity: Identity, { noseY }: Anchors): void {
  const { nose, skin } = identity;
  tint(canvas, { x: 0, y: noseY - 0.06, rx: 0.15, ry: 0.12 }, 0.45 * (1.3 - skin.tone), [0.04, -0.16, -0.14]);
  tint(canvas, { x: nose.width + 0.01, y: noseY - 0.04, rx: 0.022, ry: 0.06 }, -0.28, [0.8, 1, 1]);
  tint(canvas, { x: 0, y: noseY + 0.03, rx: 0.14, ry: 0.028 }, -0.24, [0.8, 1, 1]);
  polish(canvas, { x: 0, y: noseY - 0.09, rx: 0.09, ry: 0.1 }, 0.5);
  paintNostrils(canvas, identity, noseY);
}

function paintNostrils(canvas: Canvas, { nose, skin }: Identity, noseY: number): void {
  const dark = scaleColor(skin.color, [0.1, 0.06, 0.05]);
  const center = nose.width * 0.47;
  const region = { left: 0, right: center + 0.1, top: noseY - 0.06, bottom: noseY + 0.06 };
  eachMirrored(canvas, region, (index, x, y) => {
    const u = (x - center) / 0.043;
    const v = (y - noseY + 0.002 + 0.25 * (x - center)) / 0.02;
    paintTexel(canvas, index, dark, 0.9 * bell((u * u + v * v) ** 1.5));
  });
}
