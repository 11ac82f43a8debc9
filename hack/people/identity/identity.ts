import type { Color } from "../canvas/canvas.ts";

/** Lengths are head units (about 93 mm), measured from the middle between the eyes; y points down. */
export type Identity = {
  seed: number;
  /** 0 a feminine build, 1 a masculine one. */
  masculine: number;
  /** 0 about twenty, 1 about seventy. */
  age: number;
  skull: Skull;
  eyes: Eyes;
  brows: Brows;
  nose: Nose;
  mouth: Mouth;
  skin: Skin;
  hair: Hair;
  beard: Beard;
  glasses: Glasses | null;
};

export type Skull = {
  /** Half the width at the temples. */
  width: number;
  /** Height of the crown above the eyes. */
  crown: number;
  /** Depth of the chin below the eyes. */
  chin: number;
  /** Width of the jaw, as a part of the width at the temples. */
  jaw: number;
  /** How square the jaw is: the exponent of its outline. */
  square: number;
  /** How far the cheekbones stand out, the cheeks sink in, and the jowls fill. */
  cheekbone: number;
  hollow: number;
  fullness: number;
  /** Size of the ears against the usual. */
  ears: number;
};

export type Eyes = {
  /** Half the distance between the pupils. */
  spacing: number;
  size: number;
  /** How far the lids open against the usual. */
  opening: number;
  /** Slope of the eye's axis: positive lifts the outer corner. */
  tilt: number;
  /** Where the upper lid peaks: negative toward the nose. */
  skew: number;
  /** 0 an open lid crease, 1 a hooded one. */
  hood: number;
  iris: Color;
  /** Darkness of the lash line and of the lid above it. */
  liner: number;
  shadow: number;
};

export type Brows = {
  /** Height of the middle of the brow (negative: above the eye). */
  y: number;
  thickness: number;
  arch: number;
  length: number;
  /** Distance of the inner end from the midline. */
  start: number;
  /** Slope: positive lowers the outer end. */
  tilt: number;
  /** Exponent of the brow's edge: soft at 1.6, drawn with a ruler at 3. */
  sharpness: number;
  color: Color;
};

export type Nose = {
  /** Depth of the base below the eyes. */
  length: number;
  width: number;
  /** Half widths of the bridge and of the tip. */
  bridge: number;
  tip: number;
  /** How far the tip stands out. */
  projection: number;
};

export type Mouth = {
  /** Distance below the base of the nose. */
  drop: number;
  /** Half the width. */
  width: number;
  /** Heights of the lips. */
  upper: number;
  lower: number;
  /** 0 bare lips, 1 lipstick. */
  paint: number;
};

export type Skin = {
  color: Color;
  /** 0 the lightest tone, 1 the darkest. */
  tone: number;
  freckles: number;
};

export const HAIR_STYLES = ["short", "cropped", "parted", "fringe", "bob", "long", "bald"] as const;
export type HairStyle = (typeof HAIR_STYLES)[number];

export type Hair = {
  style: HairStyle;
  color: Color;
  /** Height of the hairline (negative: above the eyes). */
  line: number;
  /** Where the hair parts, from the midline. */
  part: number;
  /** Thickness of the hair over the skull. */
  volume: number;
  /** How far long hair falls below the eyes. */
  fall: number;
};

export const BEARDS = ["none", "stubble", "full", "goatee", "mustache"] as const;
export type Beard = (typeof BEARDS)[number];

export type Glasses = {
  shape: "round" | "oval" | "square";
  color: Color;
};
