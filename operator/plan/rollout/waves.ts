import type { FaceModelStatus } from "../../../crds/facemodel.ts";
import type { Wave } from "../../../crds/gates.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { hasShown, material, type NodeReport, type PooledEvidence, poolWave } from "../gate/pool.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import type { Member } from "./members.ts";
import type { NodeView } from "./node.ts";
import { isCurrent, positionOf, type Run, trialReport } from "./slots.ts";
import type { Standing } from "./standing.ts";

type WaveState = NonNullable<FaceModelStatus["waves"]>[number]["state"];

/** What a wave's nodes have shown together. */
export interface WaveEvidence {
  /** To be recorded. */
  readonly measurements: readonly Measurement[] | undefined;
  /** All that the gate requires, at some time of this run. */
  readonly hasShown: boolean;
  /** What the nodes that are in shadow now show. */
  readonly current?: PooledEvidence;
}

/** A wave of the run. */
export interface WaveView {
  readonly spec: Wave;
  readonly state: WaveState;
  readonly nodes: readonly NodeView[];
  readonly evidence: WaveEvidence;
  /** Why it waits, when it is not for nodes on their way. */
  readonly message?: string;
  readonly reason?: "WaveEmpty" | "NodesLost";
}

/** Whether the nodes of a wave may begin. */
export function isOpen({ state }: Pick<WaveView, "state">): boolean {
  return state === "Running" || state === "Passed";
}

/** Pools the evidence of a wave. What has once been shown is not asked again: the tests are valid at every look. */
export function gatherEvidence(
  { model }: ModelSnapshot,
  members: readonly Member[],
  { run, recorded }: { run: Run; recorded: readonly Measurement[] | undefined },
): WaveEvidence {
  const gate = model.spec.gates.online;
  const reports = members.flatMap((member) => reportOf(member, run));
  if (reports.length === 0 || hasShown(gate, recorded)) {
    return { measurements: recorded, hasShown: hasShown(gate, recorded) };
  }
  const current = poolWave(gate, reports);
  return { measurements: material(recorded, current.measurements), hasShown: current.verdict === "Success", current };
}

function reportOf({ name, away, runtime }: Member, run: Run): NodeReport[] {
  if (away || runtime === undefined || positionOf(runtime.spec, run) !== "Shadow") return [];
  const trial = isCurrent(runtime) ? trialReport(runtime) : undefined;
  return trial === undefined ? [] : [{ node: name, trial }];
}

/**
 * Where each wave is. They go in their order, and a wave begins when the one before has passed; what has passed stays
 * so, whatever comes late.
 */
export function judgeWaves(
  waves: readonly Pick<WaveView, "spec" | "nodes" | "evidence">[],
  standing: Pick<Standing, "passed" | "approved" | "promoted">,
): WaveView[] {
  const judged: WaveView[] = [];
  for (const wave of waves) {
    const isTurn = judged.every(({ state }) => state === "Passed");
    const isFirst = !judged.some(({ nodes }) => nodes.length > 0);
    judged.push({ ...wave, ...judge(wave, standing, { isTurn, isFirst }) });
  }
  return judged;
}

function judge(
  { spec, nodes }: Pick<WaveView, "spec" | "nodes">,
  { passed, approved, promoted }: Pick<Standing, "passed" | "approved" | "promoted">,
  { isTurn, isFirst }: { isTurn: boolean; isFirst: boolean },
): Pick<WaveView, "state" | "message" | "reason"> {
  if (promoted) return { state: "Passed" };
  if (isBeyondRepair({ spec, nodes })) return { state: "Failed" };
  if (passed.has(spec.name)) return { state: "Passed" };
  if (!isTurn) return { state: "Waiting" };
  if (spec.approval === "Required" && !approved.has(spec.name)) {
    return { state: "AwaitingApproval", message: `wave ${spec.name} waits for a RolloutDecision that approves it` };
  }
  const lost = heldBy({ spec, nodes });
  if (lost.length > 0) return { state: "Running", reason: "NodesLost", message: lostNodes(spec, lost) };
  if (nodes.length > 0) return { state: hasPassed(nodes) ? "Passed" : "Running" };
  return isFirst && !approved.has(spec.name)
    ? { state: "Running", reason: "WaveEmpty", message: emptyWave(spec.name) }
    : { state: "Passed" };
}

/** A wave passes when none of its nodes is under way, and at least one has run the revision well. */
function hasPassed(nodes: readonly NodeView[]): boolean {
  const isOver = ({ state }: NodeView) => state === "Done" || state === "Deferred" || state === "Failed";
  return nodes.every(isOver) && nodes.some(({ state }) => state === "Done");
}

/** Whether more nodes failed than are tolerated, or no other is left. */
export function isBeyondRepair({ spec, nodes }: Pick<WaveView, "spec" | "nodes">): boolean {
  const failed = nodes.filter(({ state }) => state === "Failed").length;
  return failed > spec.maxFailures || (failed > 0 && failed === nodes.length);
}

/** Nodes that were lost with the revision and may have been lost through it: more of them, with those that failed, than are tolerated. */
export function heldBy({ spec, nodes }: Pick<WaveView, "spec" | "nodes">): readonly NodeView[] {
  const lost = nodes.filter((node) => node.lost === true && node.state === "Deferred");
  const failed = nodes.filter(({ state }) => state === "Failed").length;
  return failed + lost.length > spec.maxFailures ? lost : [];
}

function lostNodes({ name }: Wave, [first, ...rest]: readonly NodeView[]): string {
  const others = rest.length === 0 ? "" : ` and ${rest.length} more`;
  return `wave ${name} waits for node ${first!.member.name}${others}, lost while the revision drove its events, which no node on the old one was: bring it back, raise maxFailures of the wave to go on without it, or abort by a RolloutDecision`;
}

/** An empty canary would hand its duty to the wave after it unseen. */
function emptyWave(name: string): string {
  return `wave ${name} has no nodes, so nothing has been shown yet: label nodes for it, remove it, or approve it by a RolloutDecision`;
}
