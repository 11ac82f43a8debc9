import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import type { SwappedBack } from "./state.ts";

/**
 * Whether a node leaves the candidate that soaks on it: when it failed, could not be loaded, or is shown worse than what
 * it replaced.
 *
 * @param show tells what the trial shows, and is asked only if that matters.
 * @param now milliseconds since the epoch.
 * @returns undefined as long as there is no reason to.
 */
export function decideSwapBack(
  { slots: wanted, trial }: Pick<NodeRuntimeSpec, "slots" | "trial">,
  slots: NonNullable<NodeRuntimeStatus["slots"]>,
  show: () => NodeRuntimeStatus["trial"],
  now: number,
): SwappedBack | undefined {
  const { active, standby } = wanted;
  if (trial?.phase !== "Soak" || active === undefined || standby === undefined) return undefined;
  const crash = [slots.active, slots.standby].find(
    (slot) => slot?.revision === active.revision && slot.engineKey === active.engineKey && slot.state === "Failed",
  );
  const shown = show();
  const regressed = shown?.id === trial.id && shown.verdict === "Failure";
  if (crash === undefined && !regressed) return undefined;
  const measurement = shown?.evidence.find((each) => each.measurement.verdict === "Failure")?.measurement;
  const reason = crash?.message ?? shown?.message ?? "the candidate regressed while it soaked";
  return {
    trial: trial.id,
    from: active.revision,
    to: standby.revision,
    time: new Date(now).toISOString(),
    ...(crash === undefined && measurement && { measurement }),
    message: reason.slice(0, 1024),
  };
}
