import { tintTexel } from "../canvas/brush.ts";
import { type Canvas, type Color, eachMirrored } from "../canvas/canvas.ts";
import { bell, clamp, smoothstep } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";

const CREASE: Color = [-0.25, -0.33, -0.33];

/** Folds the skin where age and movement fold it: each crease sinks a little and darkens. */
export function foldCreases(canvas: Canvas, identity: Identity, anchors: Anchors, movement: Movement): void {
  foldCheeks(canvas, identity, anchors, movement);
  foldGlabella(canvas, movement);
  foldForehead(canvas, identity, movement);
  foldBridge(canvas, movement);
}

function crease(canvas: Canvas, index: number, strength: number): void {
  if (strength <= 0) return;
  canvas.height[index]! -= 0.012 * strength;
  tintTexel(canvas, index, Math.min(2.4, strength), CREASE);
}

/** The fold from the wing of the nose to the corner of the mouth. */
function foldCheeks(canvas: Canvas, { nose, age, mouth }: Identity, anchors: Anchors, movement: Movement): void {
  const { smile, lipRaise, frown, wrinkle } = movement;
  const { noseY, mouthY } = anchors;
  const strength = 0.05 + 0.4 * age + 0.85 * smile + 0.8 * lipRaise + 0.25 * frown + 0.2 * wrinkle;
  const from = { x: nose.width + 0.03, y: noseY - 0.06 };
  const bend = nose.width + 0.14 + 0.07 * smile;
  const to = { x: mouth.width + 0.07 + 0.08 * smile + 0.03 * lipRaise, y: mouthY + 0.02 - 0.02 * smile };
  const region = { left: 0, right: 0.8, top: from.y - 0.05, bottom: to.y + 0.06 };
  eachMirrored(canvas, region, (index, x, y) => {
    const t = clamp((y - from.y) / (to.y - from.y), 0, 1);
    const fold = (1 - t) * (1 - t) * from.x + 2 * t * (1 - t) * bend + t * t * to.x;
    const ends = smoothstep(from.y - 0.05, from.y + 0.04, y) * smoothstep(to.y + 0.06, to.y - 0.08, y);
    crease(canvas, index, strength * ends * bell(((x - fold) / 0.032) ** 2));
  });
}

/** The two upright lines between drawn brows. */
function foldGlabella(canvas: Canvas, { furrow }: Movement): void {
  if (furrow <= 0) return;
  eachMirrored(canvas, { left: 0, right: 0.12, top: -0.45, bottom: 0.07 }, (index, x, y) => {
    crease(canvas, index, furrow * bell(((x - 0.055) / 0.018) ** 2 + ((y + 0.19) / 0.09) ** 2));
  });
}

/** The lines across the forehead, from age and from raised brows. */
function foldForehead(canvas: Canvas, { age }: Identity, { innerBrow, outerBrow }: Movement): void {
  const raised = Math.max(0, innerBrow) * (outerBrow > 0 ? 0.4 : 0.25);
  const strength = 0.25 * Math.max(0, age - 0.3) + raised;
  if (strength === 0) return;
  eachMirrored(canvas, { left: 0, right: 0.7, top: -0.75, bottom: -0.4 }, (index, x, y) => {
    const across = bell((x / 0.36) ** 2);
    let lines = 0;
    for (let line = 0; line < 3; line++) lines += bell(((y + 0.46 + 0.095 * line - 0.05 * x * x) / 0.014) ** 2);
    crease(canvas, index, strength * across * lines);
  });
}

/** The slanted lines on a wrinkled bridge. */
function foldBridge(canvas: Canvas, { wrinkle }: Movement): void {
  if (wrinkle <= 0) return;
  eachMirrored(canvas, { left: 0, right: 0.25, top: -0.06, bottom: 0.3 }, (index, x, y) => {
    let lines = 0;
    for (let line = 0; line < 3; line++) lines += bell(((y - 0.04 - 0.06 * line - 0.5 * x) / 0.014) ** 2);
    crease(canvas, index, 0.75 * wrinkle * lines * bell((x / 0.1) ** 2));
  });
}
