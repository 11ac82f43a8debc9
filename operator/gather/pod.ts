import { type BuildReport, parseBuildReport } from "../../crds/buildreport.ts";
import type { KubeObject } from "../kit/object.ts";
import type { PodFact } from "../plan/snapshot.ts";
import { ownerOf } from "./metadata.ts";

/** Why something is as it is. */
interface Cause {
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly waiting?: Cause; readonly running?: object; readonly terminated?: Cause };
}

/** A pod of the core API, as far as it is read. */
interface RawPod extends KubeObject {
  readonly status?: Cause & {
    readonly phase?: string;
    readonly conditions?: readonly (Cause & { readonly type: string; readonly status: string })[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** A pod of a build Job as it is kept. */
export type PodObject = KubeObject & {
  readonly job: string;
  /** Whether it has come to its end: only then its report is whole. */
  readonly ended: boolean;
  readonly fact: PodFact;
  /** Absent when the termination message is none. */
  readonly report?: BuildReport;
};

/** The container that builds; a mesh may have added others. */
const CONTAINER = "build";
/** Characters of a message of the node's or the scheduler's. */
const LONGEST = 1024;

/** Reasons of a container that waits for something that will not come by itself soon. */
const BLOCKED: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CreateContainerError",
]);

/**
 * Reasons of a container whose end nobody saw, because the node lost power or its container runtime went down:
 * containerd's and the kubelet's. Nothing can be told from them about what ran.
 */
const UNSEEN: ReadonlySet<string> = new Set(["Unknown", "ContainerStatusUnknown"]);

export function pickPod(raw: RawPod): PodObject {
  const { apiVersion, kind, metadata, status = {} } = raw;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const container = status.containerStatuses?.find((each) => each.name === CONTAINER)?.state;
  const message = container?.terminated?.message;
  const report = message === undefined ? undefined : parseBuildReport(message);
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      ...(namespace !== undefined && { namespace }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
    },
    job: ownerOf(raw, "Job") ?? "",
    ended: status.phase === "Succeeded" || status.phase === "Failed",
    fact: factOf(status, container),
    ...(report && { report }),
  };
}

function factOf(status: NonNullable<RawPod["status"]>, container: ContainerStatus["state"]): PodFact {
  const holds = (type: string, wanted: string) =>
    status.conditions?.find((condition) => condition.type === type && condition.status === wanted);
  const { waiting, running, terminated } = container ?? {};
  const blocked = waiting?.reason !== undefined && BLOCKED.has(waiting.reason) ? waiting : undefined;
  const { reason, message } = status.reason === undefined ? (blocked ?? holds("PodScheduled", "False") ?? {}) : status;
  const why = reason ?? terminated?.reason;
  const unseen = terminated?.reason !== undefined && UNSEEN.has(terminated.reason);
  return {
    started: running !== undefined || terminated !== undefined,
    ...((unseen || holds("DisruptionTarget", "True") !== undefined) && { disrupted: true }),
    ...(why !== undefined && { reason: why }),
    ...(message !== undefined && { message: message.slice(0, LONGEST) }),
  };
}
