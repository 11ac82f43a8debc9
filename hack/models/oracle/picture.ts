import { createRandom } from "../../people/random/random.ts";

/**
 * A picture made by formula, the same everywhere: a shaded oval with two dark spots on a striped ground, under
 * noise. RGB of 0 to 255, row by row, channels last.
 */
export function testPicture(side: number): Float32Array {
  const noise = createRandom(1);
  const pixels = new Float32Array(side * side * 3);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const [x, y] = [(2 * column) / (side - 1) - 1, (2 * row) / (side - 1) - 1];
      const color = colorAt(x, y);
      for (let channel = 0; channel < 3; channel++)
        pixels[(row * side + column) * 3 + channel] = Math.round(
          Math.min(255, Math.max(0, color[channel]! + noise.uniform(-12, 12))),
        );
    }
  return pixels;
}

function colorAt(x: number, y: number): readonly [number, number, number] {
  const spots = Math.hypot(Math.abs(x) - 0.25, y + 0.15) < 0.08 || Math.hypot(x, 3 * (y - 0.4)) < 0.25;
  if (spots) return [70, 40, 40];
  const inside = Math.hypot(x / 0.6, y / 0.8);
  if (inside < 1) return [220 - 60 * inside, 175 - 60 * inside, 150 - 50 * inside];
  return [110 + 60 * Math.sin(9 * x), 120 + 40 * Math.sin(7 * y), 140];
}

/** The same picture as a network takes it: channels first. */
export function channelsFirst(pixels: Float32Array): Float32Array {
  const plane = pixels.length / 3;
  return pixels.map((_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)]!);
}
