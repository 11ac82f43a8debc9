import { drawBackdrop } from "./camera/backdrop.ts";
import { drawBody } from "./camera/body.ts";
import type { Frame, Size } from "./camera/frame.ts";
import { lookAtHead } from "./camera/march.ts";
import { CLEAN, expose, type Sensor } from "./camera/sensor.ts";
import { type Truth, truthOf } from "./camera/truth.ts";
import { projectionOf, type View } from "./camera/view.ts";
import { type Felt, type Movement, movementOf } from "./expression/expression.ts";
import { createWardrobe, type Wardrobe } from "./head/wardrobe.ts";
import type { Identity } from "./identity/identity.ts";
import { shadeHead } from "./light/shade.ts";

/** A drawn picture and where the face is in it. */
export type Picture = {
  width: number;
  height: number;
  /** Interleaved RGB, 0 to 255. */
  rgb: Uint8Array<ArrayBuffer>;
  truth: Truth;
};

export type FaceOptions = {
  identity: Identity;
  expression: Felt;
  view: View;
  /** A clean camera when absent. */
  sensor?: Sensor;
  size: Size;
  /** Of the sensor's noise. */
  seed: number;
};

/** Draws one person's face. The same options give the same bytes. */
export function drawFace({ identity, expression, view, sensor, size, seed }: FaceOptions): Picture {
  const frame = drawBackdrop(view.backdrop, size);
  const truth = addPerson(frame, { identity, movement: movementOf(expression), view }, shared);
  return { ...size, rgb: expose(frame, sensor ?? CLEAN, seed), truth };
}

const shared = createWardrobe();

/** A person in front of a camera. */
export type Sitter = { identity: Identity; movement: Movement; view: View };

/** Draws a person over what the frame already shows and says where the face is. */
export function addPerson(frame: Frame, { identity, movement, view }: Sitter, wardrobe: Wardrobe): Truth {
  const head = wardrobe.headOf(identity, movement, view.scale);
  const projection = projectionOf(view);
  drawBody(frame, head, view);
  const lit = shadeHead(head.canvas, head.relief, projection.rotation, view.light);
  lookAtHead(frame, { ...head, lit }, projection);
  return truthOf(head, projection, frame);
}
