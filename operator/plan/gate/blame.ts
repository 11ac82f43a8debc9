import type { Failure } from "../../../crds/facemodel.ts";
import { attribute } from "../../../evidence/attribution.ts";
import type { NodeFailure } from "../rollout/failure.ts";
import { isServing } from "../rollout/slots.ts";
import type { NodeView } from "../rollout/node.ts";

type Blame = Pick<Failure, "blame" | "message">;

/** Chance of blaming a revision for what befell both alike. */
const ALPHA = 0.05;

/**
 * Who is to blame. What was measured against the champion on the same pictures and frames is the revision's doing, and
 * so is what the engines showed by themselves. Where nothing could be measured, or nothing was in time, nobody is: a proxy
 * that spoils a download and a door that nobody passes say nothing of a revision. Where a runtime failed, nodes that run
 * another revision are looked at: if they fail as well, it is the place and not the revision.
 */
export function blameFor(
  { gate, measurement, message, verdict = "Failure" }: NodeFailure,
  nodes: readonly NodeView[],
): Blame {
  if (gate === "Decision" || verdict !== "Failure") return { blame: "Unknown", message };
  if (gate === "Offline" || gate === "Online" || measurement?.verdict === "Failure")
    return { blame: "Release", message };
  const present = nodes.filter(({ member }) => !member.away && member.runtime?.spec.slots.active !== undefined);
  const candidates = present.filter(({ position, state }) => position !== "Idle" || state === "Failed");
  const others = present.filter((node) => !candidates.includes(node));
  const failed = candidates.filter(({ state }) => state === "Failed");
  const broken = others.filter(isBroken);
  const { cause, message: why } = attribute(
    { nodes: candidates.length, failed: failed.length },
    { nodes: others.length, failed: broken.length },
    ALPHA,
  );
  return { blame: cause, message: `${message}; ${why}` };
}

/** Whether what should drive events does not. */
function isBroken({ member: { runtime, deployment } }: NodeView): boolean {
  return deployment?.available === false || (runtime?.status?.slots?.active?.state === "Failed" && !isServing(runtime));
}
