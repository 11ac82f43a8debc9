import { parseBuildReport } from "../../crds/buildreport.ts";
import type { KubeObject, OwnerReference } from "../kit/object.ts";
import { tryLabel } from "../plan/build/owner.ts";
import type { JobFact, PodFact } from "../plan/snapshot.ts";

interface RawJob extends KubeObject {
  status?: {
    startTime?: string;
    completionTime?: string;
    conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[];
  };
}

/** A Job as it is kept; its pod and report are joined when a snapshot is taken. */
export type JobObject = KubeObject & { readonly fact: Omit<JobFact, "pod" | "report"> };

export function pickJob(raw: RawJob): JobObject {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences, managedFields } = raw.metadata;
  const end = raw.status?.conditions?.find(
    ({ type, status }) => status === "True" && ["Complete", "Failed"].includes(type),
  );
  const finishedAt = end === undefined ? undefined : (raw.status?.completionTime ?? end.lastTransitionTime);
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: { name, uid, resourceVersion, ...defined({ namespace, labels, ownerReferences, managedFields }) },
    fact: {
      name,
      uid,
      build: ownerOf(ownerReferences, "EngineBuild"),
      tries: Number(labels?.[tryLabel] ?? 0),
      state: (end?.type ?? "Active") as JobFact["state"],
      ...defined({
        startedAt: raw.status?.startTime,
        finishedAt,
        reason: end?.type === "Failed" ? end.reason : undefined,
      }),
    },
  };
}

interface Terminated {
  reason?: string;
  message?: string;
}

interface RawPod extends KubeObject {
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    containerStatuses?: {
      started?: boolean;
      state?: { waiting?: Terminated; running?: object; terminated?: Terminated };
      lastState?: { terminated?: Terminated };
    }[];
  };
}

/** A pod of a Job as it is kept. */
export type PodObject = KubeObject & {
  readonly job: string;
  readonly fact: PodFact;
  readonly terminationMessage?: string;
};

/** Why a pod does not begin, when it will not by itself soon. */
const stuck = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CreateContainerError",
]);

export function pickPod(raw: RawPod): PodObject {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = raw.metadata;
  const { containerStatuses: [container] = [], reason, message } = raw.status ?? {};
  const { waiting, running, terminated } = container?.state ?? {};
  const blocked = waiting?.reason !== undefined && stuck.has(waiting.reason) ? waiting : undefined;
  const started = running !== undefined || terminated !== undefined || container?.lastState?.terminated !== undefined;
  const why = defined({
    reason: reason ?? blocked?.reason ?? terminated?.reason,
    message: message ?? blocked?.message ?? undefined,
  });
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: { name, uid, resourceVersion, ...defined({ namespace, labels }) },
    job: ownerOf(ownerReferences, "Job"),
    fact: { started, ...why },
    ...defined({ terminationMessage: terminated?.message }),
  };
}

/** A Job with what its newest pod says. */
export function joinJob({ fact }: JobObject, pod: PodObject | undefined): JobFact {
  const report = pod?.terminationMessage === undefined ? undefined : parseBuildReport(pod.terminationMessage);
  return { ...fact, ...defined({ pod: pod?.fact, report }) };
}

function ownerOf(owners: readonly OwnerReference[] | undefined, kind: string): string {
  return owners?.find((owner) => owner.kind === kind)?.name ?? "";
}

/** The fields that have a value. */
function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
