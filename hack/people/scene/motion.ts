import type { View } from "../camera/view.ts";
import { smoothstep } from "../canvas/falloff.ts";
import { blendMovements, type Expression, type Movement, movementOf } from "../expression/expression.ts";
import { createRandom, deriveSeed } from "../random/random.ts";
import type { Script, Visit, Waypoint } from "./script.ts";

/** What a person shows at a moment: the expression that has taken over and how strongly it shows. */
export type Showing = { name: Expression; strength: number; movement: Movement };

/** How long a face takes from one expression to the next, in seconds, and in how many steps it is drawn. */
const CHANGE_SECONDS = 0.6;
const CHANGE_STEPS = 3;

/** A face of the usual build is this many head units wide. */
const FACE_UNITS = 1.5;

/** The view of a visitor at a moment, or null when away. */
export function viewAt(script: Script, visit: Visit, at: number): View | null {
  const place = waypointAt(visit.path, at);
  if (place === null) return null;
  const sway = swayAt(deriveSeed(script.seed, visit.person.seed), at);
  return {
    yaw: place.yaw + sway.yaw,
    pitch: sway.pitch,
    roll: sway.roll,
    center: [place.x * script.width + sway.x * place.size, place.y * script.height + sway.y * place.size],
    scale: place.size / FACE_UNITS,
    light: script.light,
    backdrop: script.seed,
    clothes: visit.person.seed,
  };
}

/** The place on a path at a moment, or null before its first and after its last waypoint. */
export function waypointAt(path: readonly Waypoint[], at: number): Waypoint | null {
  const next = path.findIndex((waypoint) => waypoint.at > at);
  if (next <= 0) return null;
  const from = path[next - 1]!;
  const to = path[next]!;
  const share = smoothstep(from.at, to.at, at);
  const between = (key: "x" | "y" | "size" | "yaw"): number => from[key] + (to[key] - from[key]) * share;
  return { at, x: between("x"), y: between("y"), size: between("size"), yaw: between("yaw") };
}

/** The small movements of somebody who stands: sums of slow waves with the person's own periods. */
function swayAt(seed: number, at: number): { x: number; y: number; yaw: number; pitch: number; roll: number } {
  const random = createRandom(seed);
  const wave = (amplitude: number): number => {
    const [slow, fast, phase] = [random.uniform(0.9, 1.6), random.uniform(2, 3.2), random.uniform(0, 6)];
    return amplitude * (0.7 * Math.sin(at * slow + phase) + 0.3 * Math.sin(at * fast + 2 * phase));
  };
  return { x: wave(0.05), y: wave(0.03), yaw: wave(0.14), pitch: wave(0.07), roll: wave(0.06) };
}

/** What a visitor shows at a moment. */
export function showingAt({ feels }: Visit, at: number): Showing {
  const begun = feels.filter((feeling) => feeling.at <= at);
  const now = begun.at(-1);
  if (now === undefined) return rest();
  const before = begun.at(-2);
  const from = before === undefined ? rest().movement : movementOf(before);
  const done = Math.round(CHANGE_STEPS * smoothstep(now.at, now.at + CHANGE_SECONDS, at)) / CHANGE_STEPS;
  const movement = blendMovements(from, movementOf(now), done);
  if (done >= 0.5) return { name: now.name, strength: now.strength * done, movement };
  return { name: before?.name ?? "neutral", strength: (before?.strength ?? 1) * (1 - done), movement };
}

function rest(): Showing {
  return { name: "neutral", strength: 1, movement: movementOf({ name: "neutral", strength: 1 }) };
}
