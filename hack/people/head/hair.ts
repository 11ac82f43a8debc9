import { paintTexel, scaleColor } from "../canvas/brush.ts";
import { BOUNDS, type Canvas, type Color } from "../canvas/canvas.ts";
import { bell, clamp, mix, smoothstep } from "../canvas/falloff.ts";
import type { Hair, HairStyle, Identity } from "../identity/identity.ts";
import { createNoise } from "../random/noise.ts";
import { deriveSeed } from "../random/random.ts";
import type { Outline } from "./skull.ts";

const { abs, atan2, hypot, max, min } = Math;

/** How a style lies: what it covers and how thick it is. Lengths in head units. */
type Cut = {
  /** Thickness against the person's own volume. */
  thickness: number;
  /** Where the sides begin, as a part of the half width, and how far down they reach; null: to `hair.fall`. */
  side: number;
  sideEnd: number | null;
  /** How dense the hair is at the hairline. */
  density: number;
  /** The hairline's height over a column; x is the distance from the midline with its sign. */
  line: (hair: Hair, x: number) => number;
};

const straight = ({ line }: Hair, x: number): number => line + 0.66 * max(0, abs(x) - 0.38) ** 1.5;
const swept = (hair: Hair, x: number): number => hair.line + 0.9 * max(0, abs(x - hair.part) - 0.2) ** 1.2;
const fringe = (_: Hair, x: number): number => -0.3 + 0.25 * max(0, abs(x) - 0.45);

const CUTS: Record<HairStyle, Cut> = {
  short: { thickness: 1, side: 0.9, sideEnd: 0.1, density: 1, line: straight },
  cropped: { thickness: 0.3, side: 0.92, sideEnd: 0.02, density: 0.86, line: (hair, x) => straight(hair, x) - 0.05 },
  parted: { thickness: 1.1, side: 0.89, sideEnd: 0.16, density: 1, line: swept },
  fringe: { thickness: 1, side: 0.86, sideEnd: 0.3, density: 1, line: fringe },
  bob: { thickness: 1.2, side: 0.83, sideEnd: 0.82, density: 1, line: swept },
  long: { thickness: 1, side: 0.84, sideEnd: null, density: 1, line: swept },
  bald: { thickness: 0.15, side: 0.88, sideEnd: 0.05, density: 0.9, line: () => -9 },
};

/** How far below the eyes the hair beside the face ends; below 0.5 the ears show. */
export function hairEnd({ hair }: Identity): number {
  return CUTS[hair.style].sideEnd ?? hair.fall;
}

/** How far the hair stands off the skull. */
export function hairThickness({ hair }: Identity): number {
  return hair.volume * CUTS[hair.style].thickness;
}

/** Grows the hair as a shell over the skull: it covers the face where the cut says and widens the outline. */
export function growHair(canvas: Canvas, identity: Identity, outline: Outline): void {
  const { hair, skull } = identity;
  const cut = CUTS[hair.style];
  const thickness = hairThickness(identity);
  const strandAt = createStrands(identity);
  const end = hairEnd(identity);
  for (let row = 0; row < canvas.rows; row++) {
    const y = BOUNDS.top + (row + 0.5) * canvas.texel;
    if (y < -skull.crown - thickness || y > end + 0.25) continue;
    const shell = shellAt(identity, thickness, y);
    const half = outline.halfWidth[row]!;
    for (let column = 0; column < canvas.columns; column++) {
      const x = BOUNDS.left + (column + 0.5) * canvas.texel;
      if (abs(x) > shell.half + 0.08) continue;
      const strand = strandAt(x, y);
      const cover = coverAt(cut, hair, { x, y, half, skull: skull.width, end, ragged: strand.ragged });
      if (cover > 0) layHair(canvas, row * canvas.columns + column, { x, y, half, shell, strand, cover }, hair.color);
    }
  }
}

/** A point of the hair: how its strand and its lock differ from the others, and how far its edge frays. */
type Strand = { fine: number; lock: number; ragged: number; radius: number };

/** Strands run from the parting on the crown outward. */
function createStrands({ seed, hair, skull }: Identity): (x: number, y: number) => Strand {
  const strands = createNoise(deriveSeed(seed, 8), { x: 26, y: 3.2, octaves: 2 });
  const locks = createNoise(deriveSeed(seed, 9), { x: 7, y: 1.6 });
  return (x, y) => {
    const aside = x - 0.6 * hair.part;
    const angle = atan2(aside, y + skull.crown + 0.35);
    const radius = hypot(aside, y + skull.crown);
    const fine = strands(angle, radius);
    const lock = locks(angle, radius);
    return { fine, lock, ragged: 0.014 * fine + 0.016 * lock, radius };
  };
}

type Tuft = { x: number; y: number; half: number; shell: Shell; strand: Strand; cover: number };

/** Lays hair over one texel: its height on the shell, its color with a band of sheen around the crown. */
function layHair(canvas: Canvas, index: number, { x, y, half, shell, strand, cover }: Tuft, color: Color): void {
  const { fine, lock, ragged, radius } = strand;
  const outside = abs(x) >= half;
  const surface = shell.depth * section(abs(x) / max(1e-3, shell.half + 0.6 * ragged)) + 0.01 * fine;
  if (outside && surface < -0.2) return;
  const lifted = outside ? surface : max(canvas.height[index]!, surface);
  canvas.height[index] = mix(canvas.height[index]!, lifted, cover);
  const sheen = 1 + 0.35 * bell(((radius - 0.62 - 0.05 * lock) / 0.16) ** 2);
  const above = 0.72 + 0.33 * smoothstep(-0.2, -1, y);
  const light = clamp(sheen * (1 + 0.17 * fine + 0.12 * lock) * above, 0.12, 2.4);
  paintTexel(canvas, index, scaleColor(color, light), min(1, cover * 1.02));
  canvas.gloss[index] = mix(canvas.gloss[index]!, 0.3, cover);
}

type Place = { x: number; y: number; half: number; skull: number; end: number; ragged: number };

/** How much hair covers a point, from the hairline above and from the sides. */
function coverAt(cut: Cut, hair: Hair, { x, y, half, skull, end, ragged }: Place): number {
  const away = abs(x);
  if (y < 0 && away >= half) return 1;
  const longHalf = cut.sideEnd === null || cut.sideEnd > 0.5 ? 0.86 * skull : 0;
  const inner = max(half, longHalf) * cut.side;
  const beside = smoothstep(-0.035, 0.035, away - inner + ragged) * smoothstep(-0.75, -0.45, y);
  const bottom = smoothstep(end + 0.06, end - 0.06, y + 2 * ragged);
  const top = smoothstep(-0.03, 0.03, cut.line(hair, x) - y + ragged);
  return cut.density * max(top, beside * bottom);
}

/** The hair's own outline at a height: half its width and how far it stands out at the midline. */
type Shell = { half: number; depth: number };

function shellAt({ skull }: Identity, thickness: number, y: number): Shell {
  const width = skull.width + 0.7 * thickness;
  if (y > 0) return { half: width * (1 - 0.1 * clamp(y / 1.2, 0, 1) ** 2), depth: 0.72 };
  const u = clamp(-y / (skull.crown + thickness), 0, 1);
  const half = width * (1 + 0.08 * smoothstep(0, 0.5, u)) * (1 - u ** 2.4) ** (1 / 2.3);
  const depth =
    mix(0.72, 0.95, smoothstep(0, 0.3, u)) * (1 - u ** 2.6) ** 0.5 + 0.4 * thickness * smoothstep(0, 0.4, u);
  return { half, depth };
}

/** The cross-section of the shell, falling steeply beyond its edge. */
function section(q: number): number {
  return q < 1 ? (1 - q ** 2.5) ** (1 / 2.1) : -6 * (q - 1);
}
