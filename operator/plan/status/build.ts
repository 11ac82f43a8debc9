import type { EngineBuild, EngineBuildStatus } from "../../../crds/enginebuild.ts";
import { type Outcome, outcomeOf } from "../build/outcome.ts";
import { timestamp } from "../duration.ts";
import type { JobFact } from "../snapshot.ts";
import type { Judgment } from "./conditions.ts";
import { statusOf } from "./publish.ts";

/** Whether a build has ended for good. */
export function isOver({ status }: Pick<EngineBuild, "status">): boolean {
  return status?.state === "Succeeded" || status?.state === "Failed";
}

/**
 * The status of an EngineBuild. Once it has succeeded or failed it stays so, whatever becomes of the Job.
 *
 * @param job the latest of its Jobs.
 */
export function engineBuildStatus(
  build: EngineBuild,
  job: JobFact | undefined,
  away: boolean,
  now: number,
): EngineBuildStatus {
  if (isOver(build)) return build.status!;
  const outcome = outcomeOf(job);
  const state = away && !isFinal(outcome) ? "Deferred" : STATES[outcome.type];
  const message = messageOf(outcome, away);
  const reported = "report" in outcome ? outcome.report : undefined;
  return statusOf(
    build,
    {
      state,
      ...(job && { job: job.name }),
      ...(job?.startedAt && { startedAt: job.startedAt }),
      ...(isFinal(outcome) && { finishedAt: job?.finishedAt ?? timestamp(now) }),
      ...(reported?.hardware && { hardware: reported.hardware }),
      ...(reported?.engineKey && { engineKey: reported.engineKey }),
      ...(reported?.reused !== undefined && { reused: reported.reused }),
      ...(reported?.engines && { engines: reported.engines }),
      ...(isFinal(outcome) && { verdict: reported?.verdict ?? "Error" }),
      ...(reported?.measurements && { measurements: reported.measurements }),
      ...(message !== undefined && { message: message.slice(0, 2048) }),
    },
    judgments[state](message),
    now,
  );
}

function isFinal({ type }: Outcome): boolean {
  return type === "Succeeded" || type === "Failed";
}

const STATES = {
  Pending: "Pending",
  Running: "Running",
  Again: "Pending",
  Succeeded: "Succeeded",
  Failed: "Failed",
} as const satisfies Record<Outcome["type"], EngineBuildStatus["state"]>;

function messageOf(outcome: Outcome, away: boolean): string | undefined {
  if (away && !isFinal(outcome)) return "the node is away; the build goes on when it returns";
  switch (outcome.type) {
    case "Again":
      return `${outcome.message}; tried again from ${timestamp(outcome.at)}`;
    case "Succeeded":
      return outcome.report.message;
    case "Failed":
    case "Pending":
    case "Running":
      return outcome.message;
  }
}

const judgments: Record<NonNullable<EngineBuildStatus["state"]>, (message?: string) => Judgment> = {
  Pending: (message = "the Job has not begun") => ({ state: "Reconciling", reason: "Pending", message }),
  Running: (message = "engines are built and held to the offline gate") => ({
    state: "Reconciling",
    reason: "Running",
    message,
  }),
  Succeeded: (message = "the engines are in the node's store and passed the offline gate") => ({
    state: "Ready",
    reason: "Succeeded",
    message,
  }),
  Failed: (message = "the build failed") => ({ state: "Stalled", reason: "Failed", message }),
  Deferred: (message = "the node is away") => ({ state: "Waiting", reason: "Deferred", message }),
};
