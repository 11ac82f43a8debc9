import { type LensName, LENSES } from "../camera/sensors.ts";
import { createRandom, deriveSeed, type Random } from "../random/random.ts";
import { ENROLLED, STRANGERS } from "./cast.ts";
import type { Feeling, Person, Script, Visit, Waypoint } from "./script.ts";

/** A line of a camera's day: who comes when, for how long, where they stand (a part of the width), what they show. */
type Appearance = { person: Person; at: number; stays: number; stand: number; shows: Feeling["name"][] };

type Camera = { name: string; lens: LensName; seed: number; appearances: Appearance[] };

const [amara, bruno, chen, dalia] = ENROLLED as [Person, Person, Person, Person];
const [first, second] = STRANGERS as [Person, Person];

const CAMERAS: Camera[] = [
  {
    name: "entrance",
    lens: "clean",
    seed: 71,
    appearances: [
      { person: amara, at: 1, stays: 7, stand: 0.5, shows: ["happy", "surprised"] },
      { person: bruno, at: 9.5, stays: 6.5, stand: 0.46, shows: ["neutral", "happy"] },
      { person: first, at: 17.5, stays: 5.5, stand: 0.55, shows: ["surprised"] },
    ],
  },
  {
    name: "lobby",
    lens: "side",
    seed: 72,
    appearances: [
      { person: chen, at: 1.5, stays: 7, stand: 0.3, shows: ["surprised", "happy"] },
      { person: dalia, at: 4, stays: 7, stand: 0.74, shows: ["happy"] },
      { person: amara, at: 13, stays: 6, stand: 0.5, shows: ["sad", "surprised"] },
    ],
  },
  {
    name: "garage",
    lens: "dark",
    seed: 73,
    appearances: [
      { person: dalia, at: 1, stays: 6.5, stand: 0.52, shows: ["surprised"] },
      { person: second, at: 9, stays: 5.5, stand: 0.45, shows: ["happy"] },
      { person: bruno, at: 16.5, stays: 6.5, stand: 0.5, shows: ["surprised", "happy"] },
    ],
  },
];

/** The three scenes of the quickstart: a clean, a side-lit and a dark, noisy camera; four known people, two strangers. */
export function quickstartScripts({ fps = 5, seconds = 24 }: { fps?: number; seconds?: number } = {}): Script[] {
  return CAMERAS.map(({ name, lens, seed, appearances }) => ({
    camera: name,
    width: 384,
    height: 288,
    fps,
    seconds,
    seed,
    ...LENSES[lens],
    visits: appearances.map((appearance) =>
      visitOf(appearance, createRandom(deriveSeed(seed, appearance.person.seed))),
    ),
  }));
}

/** Comes in from one side looking ahead, stands and looks about, leaves on one side. */
function visitOf({ person, at, stays, stand, shows }: Appearance, random: Random): Visit {
  const from = random.chance(0.5) ? -1 : 1;
  const to = random.chance(0.5) ? -1 : 1;
  const size = random.uniform(100, 124);
  const y = random.uniform(0.44, 0.5);
  const outside = (side: number): number => 0.5 + side * 0.72;
  const place = (seconds: number, x: number, yaw: number): Waypoint => ({ at: at + seconds, x, y, size, yaw });
  const leave = stays - 1.4;
  return {
    person,
    path: [
      place(0, outside(from), -0.35 * from),
      place(1.4, stand, -0.12 * from),
      place(0.45 * stays, stand + random.uniform(-0.03, 0.03), random.uniform(-0.15, 0.15)),
      place(leave, stand, 0.1 * to),
      place(stays, outside(to), 0.35 * to),
    ],
    feels: shows.map((name, index) => ({
      at: at + 1.6 + (index * (leave - 1.4)) / shows.length,
      name,
      strength: 0.8,
    })),
  };
}
