import { type Canvas, createCanvas, extentAbove, type Region } from "../canvas/canvas.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import { deriveRelief, type Relief } from "../light/relief.ts";
import { type Anchors, placeAnchors } from "./anchors.ts";
import { growBeard } from "./beard.ts";
import { paintBrows } from "./brows.ts";
import { foldCreases } from "./creases.ts";
import { paintEyes } from "./eyes.ts";
import { putOnGlasses } from "./glasses.ts";
import { growHair, hairEnd } from "./hair.ts";
import { paintMouth, sculptMouth } from "./mouth.ts";
import { paintNose, sculptNose } from "./nose.ts";
import { paintEars, paintSkin } from "./skin.ts";
import { FLOOR, sculptEars, sculptFace, sculptSkull } from "./skull.ts";

/** A head under one movement, ready to be lit and looked at from any side. */
export type Head = { identity: Identity; canvas: Canvas; relief: Relief; anchors: Anchors; extent: Region };

/** Draws a head: first its shape, then its colors from the skin outward. `density` is in texels a head unit. */
export function drawHead(identity: Identity, movement: Movement, density: number): Head {
  const canvas = createCanvas(density);
  const anchors = placeAnchors(identity, movement);
  const outline = sculptSkull(canvas, identity, anchors);
  sculptFace(canvas, identity, anchors, movement);
  sculptNose(canvas, identity, anchors, movement);
  sculptMouth(canvas, anchors, movement);
  if (hairEnd(identity) < 0.5) sculptEars(canvas, identity, outline);

  paintSkin(canvas, identity, anchors, movement);
  paintEars(canvas, identity);
  paintNose(canvas, identity, anchors);
  foldCreases(canvas, identity, anchors, movement);
  growBeard(canvas, identity, anchors);
  paintMouth(canvas, identity, anchors, movement);
  paintEyes(canvas, identity, anchors, movement);
  paintBrows(canvas, identity, movement);
  growHair(canvas, identity, outline);
  putOnGlasses(canvas, identity, anchors, outline);
  return { identity, canvas, relief: deriveRelief(canvas), anchors, extent: extentAbove(canvas, FLOOR) };
}
