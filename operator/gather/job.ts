import type { KubeObject } from "../kit/object.ts";
import { tryLabel } from "../plan/build/owner.ts";
import type { JobFact } from "../plan/snapshot.ts";
import { ownerOf, pickMetadata } from "./metadata.ts";
import type { PodObject } from "./pod.ts";

/** A Job of the batch API, as far as it is read. */
interface RawJob extends KubeObject {
  readonly status?: {
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/** A Job as it is kept; what its pod says is joined when a snapshot is taken. */
export type JobObject = KubeObject & { readonly fact: Omit<JobFact, "pod" | "report"> };

/** Conditions that end a Job; SuccessCriteriaMet and FailureTarget only announce them. */
const ENDS = ["Complete", "Failed"] as const;

export function pickJob(raw: RawJob): JobObject {
  const { apiVersion, kind, metadata, status = {} } = raw;
  const { name, uid, labels } = metadata;
  return {
    apiVersion,
    kind,
    metadata: pickMetadata(metadata),
    fact: {
      name,
      uid,
      build: ownerOf(raw, "EngineBuild") ?? "",
      tries: Number.parseInt(labels?.[tryLabel] ?? "0", 10) || 0,
      ...(status.startTime !== undefined && { startedAt: status.startTime }),
      ...endOf(status),
    },
  };
}

function endOf({ conditions = [], completionTime }: NonNullable<RawJob["status"]>) {
  const state = ENDS.find((end) => conditions.some(({ type, status }) => type === end && status === "True"));
  if (state === undefined) return { state: "Active" as const };
  const { reason, lastTransitionTime } = conditions.find(({ type }) => type === state)!;
  const finishedAt = completionTime ?? lastTransitionTime;
  return {
    state,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(state === "Failed" && reason !== undefined && { reason }),
  };
}

/**
 * A Job with what its pod says. Jobs and pods are watched apart, so a Job may be seen to end before its pod: until then
 * it counts as active, since without the pod's report it would be taken for one that broke off.
 */
export function joinJob({ fact }: JobObject, pods: readonly PodObject[]): JobFact {
  const pod = newest(pods);
  if (pod === undefined) return fact;
  const { finishedAt: _, reason: __, ...begun } = fact;
  const known: JobFact = pod.ended ? fact : { ...begun, state: "Active" };
  return { ...known, pod: pod.fact, ...(pod.report && { report: pod.report }) };
}

function newest(pods: readonly PodObject[]): PodObject | undefined {
  const age = ({ metadata }: PodObject) => metadata.creationTimestamp ?? "";
  return pods.toSorted((a, b) => (age(a) < age(b) ? -1 : 1)).at(-1);
}
