import type { NodeState } from "../../crds/facemodel.ts";
import type { Sights } from "./build/cameras.ts";
import { asksOnlyIdentity } from "./build/noderuntime.ts";
import type { Unresolved } from "./resolve.ts";
import type { Course } from "./rollout/course.ts";

/** States of a node that has yet to show what the online gate requires. */
const AHEAD: readonly NodeState[] = ["Waiting", "Building", "Built", "Loading", "Shadowing"];

/**
 * Waves that could never pass: the online gate asks about identities alone, there is a champion to compare with, and no
 * camera of the wave recognizes anybody. One node that can measure it speaks for its wave.
 */
export function unmeasurable({ snapshot, standing, heading, waves }: Course, sights: Sights): Unresolved[] {
  if (heading.type === "Back" || standing.promoted || !asksOnlyIdentity(snapshot.model)) return [];
  const mute = waves.filter(({ nodes, evidence }) => {
    const isAsked = nodes.some(({ incumbent, state }) => incumbent !== undefined && AHEAD.includes(state));
    return isAsked && !evidence.hasShown && nodes.every(({ member }) => sights.of(member.name).galleries.length === 0);
  });
  return mute.map(({ spec }) => ({
    reason: "GateNotMeasurable",
    message: `spec.gates.online requires ProbeIdentity alone, and no camera of wave ${spec.name} recognizes anybody, so that nothing can be shown there: require another check as well, or give a camera of the wave a galleryRef`,
  }));
}
