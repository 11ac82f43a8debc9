import { mixColor, scaleColor } from "../canvas/brush.ts";
import type { Color } from "../canvas/canvas.ts";
import { clamp, smoothstep } from "../canvas/falloff.ts";
import { clothColor } from "../identity/palette.ts";
import { createNoise } from "../random/noise.ts";
import { createRandom, deriveSeed, type Random } from "../random/random.ts";
import { coverPixel, createFrame, eachPixel, type Frame, type Size } from "./frame.ts";

const { abs, cos, max, sin } = Math;

/** Something out of focus behind the person: a window, a shelf, a door. Measures are parts of the frame. */
type Block = { x: number; y: number; rx: number; ry: number; soft: number; color: Color; opacity: number };

/** A blurred room: a wall with a fall of light, and a few things out of focus. */
export function drawBackdrop(seed: number, size: Size): Frame {
  const random = createRandom(deriveSeed(seed, 0xbac));
  const wall = wallColor(random);
  const other = mixColor(wall, wallColor(random), 0.6);
  const angle = random.uniform(0, 2 * Math.PI);
  const [dx, dy] = [cos(angle), sin(angle)];
  const cloud = createNoise(deriveSeed(seed, 0xc10), { x: 2.2, y: 2.2 });
  const blocks = Array.from({ length: 2 + random.below(4) }, () => drawBlock(random));
  const frame = createFrame(size);
  eachPixel(size, { left: 0, right: size.width, top: 0, bottom: size.height }, (pixel, px, py) => {
    const x = px / size.width;
    const y = py / size.height;
    const fall = smoothstep(-1.2, 1.2, 1.4 * ((x - 0.5) * dx + (y - 0.5) * dy) + 0.3 * cloud(x, y));
    let color = mixColor(wall, other, fall);
    for (const block of blocks) color = mixColor(color, block.color, block.opacity * within(block, x, y));
    coverPixel(frame, pixel, color, 1, 1);
  });
  return frame;
}

function wallColor(random: Random): Color {
  return clothColor(random.next(), random.uniform(0, 0.35), random.uniform(0.12, 0.95));
}

function drawBlock(random: Random): Block {
  return {
    x: random.next(),
    y: random.uniform(0.1, 0.9),
    rx: random.uniform(0.05, 0.22),
    ry: random.uniform(0.1, 0.5),
    soft: random.uniform(0.015, 0.06),
    color: scaleColor(wallColor(random), random.uniform(0.5, 1.3)),
    opacity: random.uniform(0.25, 0.8),
  };
}

function within({ x, y, rx, ry, soft }: Block, px: number, py: number): number {
  const outside = max(abs(px - x) - rx, abs(py - y) - ry);
  return clamp(smoothstep(soft, -soft, outside), 0, 1);
}
