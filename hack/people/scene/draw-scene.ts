import { drawBackdrop } from "../camera/backdrop.ts";
import type { Frame } from "../camera/frame.ts";
import { encodeJpeg } from "../camera/jpeg.ts";
import { expose } from "../camera/sensor.ts";
import type { Truth } from "../camera/truth.ts";
import { addPerson, type Sitter } from "../face.ts";
import { createWardrobe, type Wardrobe } from "../head/wardrobe.ts";
import type { Expression } from "../expression/expression.ts";
import { drawIdentity } from "../identity/draw-identity.ts";
import type { Identity } from "../identity/identity.ts";
import { deriveSeed } from "../random/random.ts";
import { showingAt, type Showing, viewAt } from "./motion.ts";
import { frameCount, type Script } from "./script.ts";

/** One frame of a scene as the camera sends it, and what is in it. */
export type SceneFrame = FrameTruth & { jpeg: Buffer };

export type FrameTruth = {
  index: number;
  /** Seconds since the start of the loop. */
  at: number;
  /** Nearest last. People of whom nothing is visible are left out. */
  people: PersonTruth[];
};

export type PersonTruth = Truth & { person: string; expression: Expression; strength: number };

/** Less of a face than this in the picture does not count as seen. */
const SEEN = 0.02;

/** Draws the frames of one loop, in order. The same script gives the same bytes. */
export async function* drawScene(script: Script, signal?: AbortSignal): AsyncGenerator<SceneFrame, void> {
  const backdrop = drawBackdrop(script.seed, script);
  const identities = new Map(script.visits.map(({ person }) => [person.seed, drawIdentity(person.seed)]));
  const wardrobe = createWardrobe();
  for (let index = 0; index < frameCount(script); index++) {
    signal?.throwIfAborted();
    const at = index / script.fps;
    const frame = { ...backdrop, light: backdrop.light.slice() };
    const people = addVisitors(frame, script, identities, wardrobe, at);
    const rgb = expose(frame, script.sensor, deriveSeed(script.seed, index));
    yield { index, at, people, jpeg: await encodeJpeg({ ...script, rgb }) };
  }
}

function addVisitors(
  frame: Frame,
  script: Script,
  identities: ReadonlyMap<number, Identity>,
  wardrobe: Wardrobe,
  at: number,
): PersonTruth[] {
  return visitorsAt(script, identities, at)
    .map(({ person, showing, sitter }) => ({
      person,
      expression: showing.name,
      strength: showing.strength,
      ...addPerson(frame, sitter, wardrobe),
    }))
    .filter(({ visible }) => visible > SEEN);
}

type Visitor = { person: string; showing: Showing; sitter: Sitter };

/** Who is before the camera, the furthest first. */
function visitorsAt(script: Script, identities: ReadonlyMap<number, Identity>, at: number): Visitor[] {
  return script.visits
    .flatMap((visit) => {
      const view = viewAt(script, visit, at);
      if (view === null) return [];
      const showing = showingAt(visit, at);
      const identity = identities.get(visit.person.seed)!;
      return [{ person: visit.person.id, showing, sitter: { identity, movement: showing.movement, view } }];
    })
    .sort((a, b) => a.sitter.view.scale - b.sitter.view.scale);
}
