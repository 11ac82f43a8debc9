import { lookAt, type Slot } from "../../../runtime/pipeline/look.ts";
import { primaryFace } from "../../../runtime/faces/primary-face.ts";
import { drawView } from "../camera/draw-view.ts";
import type { Truth } from "../camera/truth.ts";
import type { Expression, Felt } from "../expression/expression.ts";
import { drawFace } from "../face.ts";
import { drawIdentity } from "../identity/draw-identity.ts";
import { createRandom, deriveSeed } from "../random/random.ts";

/** People and what each shows, one picture a line. */
export type Exam = { name: string; seeds: number[]; shows: Felt[] };

/** What the networks saw in one picture; `seen` is null when the detector found no face where one was drawn. */
export type Answer = { person: string; felt: Felt; seen: Seen | null };

export type Seen = {
  /** The detector's, 0 to 1. */
  score: number;
  embedding: Float32Array;
  expression: Expression;
  /** Mean distance of the five found points from the drawn ones, in distances between the eyes. */
  pointError: number;
};

const SIZE = { width: 288, height: 288 };

/** Shows every picture of an exam to the networks, person by person. */
export async function* examine(slot: Slot, { name, seeds, shows }: Exam): AsyncGenerator<Answer, void> {
  for (const seed of seeds) {
    for (const [number, felt] of shows.entries()) {
      const pictureSeed = deriveSeed(seed, number, name.charCodeAt(0));
      const { rgb, truth } = drawFace({
        identity: drawIdentity(seed),
        expression: felt,
        view: drawView(createRandom(pictureSeed), SIZE),
        size: SIZE,
        seed: pictureSeed,
      });
      yield { person: String(seed), felt, seen: await see(slot, rgb, truth) };
    }
  }
}

async function see(slot: Slot, rgb: Uint8Array<ArrayBuffer>, truth: Truth): Promise<Seen | null> {
  const faces = await lookAt(slot, { ...SIZE, data: rgb }, { identity: true, expression: true });
  const face = primaryFace(faces.filter(({ box }) => overlap(box, truth.box) > 0.4));
  if (!face?.points || !face.embedding || !face.expression) return null;
  return {
    score: face.score,
    embedding: face.embedding,
    expression: face.expression.label as Expression,
    pointError: pointError(face.points, truth.points),
  };
}

type Box = { x: number; y: number; width: number; height: number };

/** Intersection over union. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const common = Math.max(0, width) * Math.max(0, height);
  return common / (a.width * a.height + b.width * b.height - common);
}

function pointError(found: readonly { x: number; y: number }[], drawn: Truth["points"]): number {
  const eyes = Math.hypot(drawn[0][0] - drawn[1][0], drawn[0][1] - drawn[1][1]);
  const errors = found.map(({ x, y }, index) => Math.hypot(x - drawn[index]![0], y - drawn[index]![1]));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length / eyes;
}
