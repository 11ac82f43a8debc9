import type { Color } from "../canvas/canvas.ts";

/** Screen colors (0 to 255) to linear light, at a plain gamma of 2.2. */
function linear(...screen: [number, number, number][]): Color[] {
  const channel = (value: number): number => (value / 255) ** 2.2;
  return screen.map(([red, green, blue]) => [channel(red), channel(green), channel(blue)]);
}

/** From the lightest skin to the darkest, evenly spaced. */
export const SKIN = linear(
  [246, 216, 200],
  [236, 196, 172],
  [222, 176, 146],
  [196, 144, 110],
  [150, 102, 74],
  [98, 64, 48],
);

/** One screen color to linear light. */
const one = (...screen: [number, number, number]): Color => linear(screen)[0]!;

/** Hair by name. */
export const HAIR = {
  black: one(22, 18, 17),
  dark: one(44, 30, 24),
  brown: one(84, 56, 38),
  chestnut: one(128, 88, 54),
  sand: one(186, 148, 96),
  blond: one(214, 186, 140),
  red: one(140, 66, 34),
  gray: one(150, 148, 146),
  white: one(210, 208, 204),
};

/** Irises; the first two are the dark ones. */
export const IRIS = linear([70, 42, 24], [46, 28, 18], [110, 80, 44], [92, 108, 70], [90, 120, 150], [120, 136, 146]);

/** Frames of glasses: black, tortoise, steel. */
export const FRAMES = linear([20, 20, 22], [70, 44, 28], [120, 122, 128]);

/** A clothing color from three numbers in [0, 1). */
export function clothColor(hue: number, saturation: number, lightness: number): Color {
  const channel = (offset: number): number => {
    const position = (hue + offset) % 1;
    const wave = Math.abs(position * 6 - 3) - 1;
    const pure = Math.min(1, Math.max(0, wave));
    return (0.1 + 0.8 * lightness) * (1 - saturation * (1 - pure));
  };
  return [channel(0) ** 2.2, channel(2 / 3) ** 2.2, channel(1 / 3) ** 2.2];
}
