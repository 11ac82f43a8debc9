import { mixColor, scaleColor } from "../canvas/brush.ts";
import type { Color } from "../canvas/canvas.ts";
import { createRandom, deriveSeed, type Random } from "../random/random.ts";
import {
  BEARDS,
  type Brows,
  type Eyes,
  type Glasses,
  type Hair,
  type HairStyle,
  type Identity,
  type Mouth,
  type Nose,
  type Skin,
  type Skull,
} from "./identity.ts";
import { FRAMES, HAIR, IRIS, SKIN } from "./palette.ts";

/** What the parts of one face share: a source of chance and the traits that several parts depend on. */
type Build = { random: Random; masculine: number; age: number; tone: number };

/** A person: about fifty numbers from one seed. The same seed is always the same person. */
export function drawIdentity(seed: number): Identity {
  const random = createRandom(deriveSeed(seed, 0x1d));
  const masculine = random.chance(0.5) ? 1 : 0;
  const age = random.next() * Math.sqrt(random.next());
  const build = { random, masculine, age, tone: random.next() };
  const skin = drawSkin(build);
  const nose = drawNose(build);
  const mouth = drawMouth(build);
  const hair = drawHair(build);
  return {
    seed,
    masculine,
    age,
    skin,
    nose,
    mouth,
    hair,
    skull: drawSkull(build, nose.length + mouth.drop + 0.33),
    eyes: drawEyes(build),
    brows: drawBrows(build, hair.color),
    beard: masculine === 1 ? random.weighted(BEARDS.map((beard, index) => [beard, BEARD_WEIGHTS[index]!])) : "none",
    glasses: drawGlasses(random),
  };
}

const BEARD_WEIGHTS = [0.42, 0.16, 0.17, 0.13, 0.12];

function drawSkull({ random, masculine }: Build, chinAtLeast: number): Skull {
  return {
    width: random.normal(0.75, 0.075),
    crown: random.normal(1.2, 0.06),
    chin: Math.max(chinAtLeast, random.normal(1.06 + 0.03 * masculine, 0.085)),
    jaw: random.normal(0.74 + 0.06 * masculine, 0.1),
    square: Math.max(1.7, random.normal(2.5 + 0.5 * masculine, 0.7)),
    cheekbone: random.normal(0.045, 0.03),
    hollow: random.normal(0.03, 0.045),
    fullness: random.normal(0, 0.055),
    ears: random.normal(1, 0.13),
  };
}

function drawEyes({ random, masculine, tone }: Build): Eyes {
  return {
    spacing: random.normal(0.34, 0.042),
    size: random.normal(1.08 - 0.04 * masculine, 0.17),
    opening: random.normal(0.81 - 0.04 * masculine, 0.07),
    tilt: random.normal(0.05, 0.14),
    skew: random.normal(-0.12, 0.22),
    hood: random.next(),
    iris: IRIS[tone > 0.6 ? random.below(2) : random.below(IRIS.length)]!,
    liner: random.next() * (1 - 0.8 * masculine),
    shadow: random.uniform(0, 0.55) * (random.chance(0.6) ? 1 : 0.2),
  };
}

function drawBrows({ random, masculine }: Build, hair: Color): Brows {
  const fair = hair[0] + hair[1] + hair[2] > 0.75 ? 0.5 : 1;
  return {
    y: random.normal(-0.215 + 0.02 * masculine, 0.026),
    thickness: Math.max(0.012, random.normal(0.032 + 0.014 * masculine, 0.018)),
    arch: random.normal(0.042 - 0.015 * masculine, 0.03),
    length: random.normal(0.4, 0.06),
    start: random.normal(0.14, 0.042),
    tilt: random.normal(0, 0.034),
    sharpness: random.uniform(1.6, 3.2),
    color: scaleColor(hair, random.uniform(0.35, 1.1) * 0.8 * fair),
  };
}

function drawNose({ random, masculine, tone }: Build): Nose {
  return {
    length: random.normal(0.45, 0.06),
    width: random.normal(0.165 + 0.012 * masculine + 0.02 * tone, 0.04),
    bridge: random.normal(0.075, 0.018),
    tip: random.normal(0.1, 0.022),
    projection: random.normal(0.24 - 0.04 * tone, 0.045),
  };
}

function drawMouth({ random, masculine, tone }: Build): Mouth {
  return {
    drop: random.normal(0.205, 0.036),
    width: random.normal(0.285 + 0.01 * masculine, 0.05),
    upper: Math.max(0.02, random.normal(0.058 - 0.012 * masculine + 0.014 * tone, 0.02)),
    lower: Math.max(0.03, random.normal(0.085 - 0.014 * masculine + 0.014 * tone, 0.024)),
    paint: random.uniform(0.15, 0.65) * (1 - 0.6 * masculine),
  };
}

function drawSkin({ random, tone }: Build): Skin {
  const place = tone * (SKIN.length - 1);
  const index = Math.min(SKIN.length - 2, Math.floor(place));
  const color = mixColor(SKIN[index]!, SKIN[index + 1]!, place - index);
  return {
    color: scaleColor(color, [random.normal(1, 0.045), random.normal(1, 0.06), random.normal(1, 0.1)]),
    tone,
    freckles: tone < 0.4 && random.chance(0.3) ? random.uniform(0.1, 0.5) : 0,
  };
}

const HAIR_WEIGHTS: Record<"masculine" | "feminine", [HairStyle, number][]> = {
  masculine: [
    ["short", 0.42],
    ["cropped", 0.16],
    ["parted", 0.16],
    ["fringe", 0.1],
    ["long", 0.05],
    ["bald", 0.11],
  ],
  feminine: [
    ["short", 0.08],
    ["cropped", 0.04],
    ["parted", 0.1],
    ["fringe", 0.22],
    ["bob", 0.24],
    ["long", 0.32],
  ],
};

function drawHair({ random, masculine, age, tone }: Build): Hair {
  const color = scaleColor(drawHairColor(random, age, tone), random.uniform(0.8, 1.2));
  return {
    style: random.weighted(HAIR_WEIGHTS[masculine === 1 ? "masculine" : "feminine"]),
    color,
    line: random.normal(-0.72 - 0.04 * masculine * age, 0.07),
    part: random.uniform(-0.35, 0.35),
    volume: random.uniform(0.05, 0.15),
    fall: random.uniform(0.75, 1.5),
  };
}

function drawHairColor(random: Random, age: number, tone: number): Color {
  if (age > 0.6 && random.chance(0.7)) return random.chance(0.6) ? HAIR.gray : HAIR.white;
  if (tone > 0.62) return random.chance(0.6) ? HAIR.black : HAIR.dark;
  return random.weighted([
    [HAIR.black, 0.16],
    [HAIR.dark, 0.2],
    [HAIR.brown, 0.2],
    [HAIR.chestnut, 0.15],
    [HAIR.sand, 0.11],
    [HAIR.blond, 0.1],
    [HAIR.red, 0.08],
  ]);
}

function drawGlasses(random: Random): Glasses | null {
  if (!random.chance(0.24)) return null;
  const shape = (["round", "oval", "square"] as const)[random.below(3)]!;
  return { shape, color: FRAMES[random.below(FRAMES.length)]! };
}
