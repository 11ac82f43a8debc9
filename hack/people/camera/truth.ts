import { heightAt } from "../canvas/canvas.ts";
import type { Head } from "../head/head.ts";
import { halfWidthAt } from "../head/skull.ts";
import type { Size } from "./frame.ts";
import { project, type Projection } from "./view.ts";

/** Pixels, from the upper left corner. */
export type Box = { x: number; y: number; width: number; height: number };
export type Point = [x: number, y: number];

/** Where the face is in the picture. */
export type Truth = {
  /** From the upper forehead to the chin and from side to side, as face detectors frame it, cut to the picture. */
  box: Box;
  /** Left eye of the picture, right eye, tip of the nose, left and right corner of the mouth. */
  points: [Point, Point, Point, Point, Point];
  /** How much of the box before cutting lies in the picture, 0 to 1. */
  visible: number;
};

/** The truth of one head under one projection. */
export function truthOf(head: Head, projection: Projection, size: Size): Truth {
  const { anchors, canvas } = head;
  const at = (x: number, y: number): Point => project(projection, [x, y, heightAt(canvas, x, y)]);
  const { eyeX, noseY, cornerX, cornerY } = anchors;
  const full = boxOf(rim(head).map(([x, y, z]) => project(projection, [x, y, z])));
  const box = cut(full, size);
  return {
    box,
    points: [at(-eyeX, 0), at(eyeX, 0), at(0, noseY - 0.08), at(-0.97 * cornerX, cornerY), at(0.97 * cornerX, cornerY)],
    visible: (box.width * box.height) / (full.width * full.height),
  };
}

/** The rim of the face from the upper forehead down to the chin, on both sides. */
function rim({ identity, anchors }: Head): [number, number, number][] {
  const top = -0.62;
  const points: [number, number, number][] = [
    [0, top, 0.85],
    [0, anchors.chin, 0.55],
  ];
  for (let step = 0; step <= 8; step++) {
    const y = top + ((anchors.chin - top) * step) / 8;
    const half = 0.97 * halfWidthAt(identity, anchors.chin, y);
    points.push([-half, y, 0.15], [half, y, 0.15]);
  }
  return points;
}

function boxOf(points: Point[]): Box {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function cut(box: Box, { width, height }: Size): Box {
  const x = Math.min(width, Math.max(0, box.x));
  const y = Math.min(height, Math.max(0, box.y));
  return {
    x,
    y,
    width: Math.max(0, Math.min(width, box.x + box.width) - x),
    height: Math.max(0, Math.min(height, box.y + box.height) - y),
  };
}
