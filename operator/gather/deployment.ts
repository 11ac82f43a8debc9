import { labels } from "../../crds/annotations.ts";
import type { KubeObject } from "../kit/object.ts";
import type { DeploymentFact, LiveObject } from "../plan/snapshot.ts";

interface RawDeployment extends KubeObject {
  spec?: object;
  status?: {
    availableReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** A Deployment as it is kept: whole spec, since the plan compares it; of the status only what it looks at. */
export type DeploymentObject = KubeObject & { readonly spec?: object; readonly fact: Omit<DeploymentFact, "object"> };

export function pickDeployment(raw: RawDeployment): DeploymentObject {
  const { apiVersion, kind, metadata, spec, status } = raw;
  const stuck = status?.conditions?.find(({ type, status: value }) => type === "Progressing" && value === "False");
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec && { spec }),
    fact: {
      available: (status?.availableReplicas ?? 0) > 0,
      ...(stuck && { stuck: stuck.message ?? stuck.reason ?? "" }),
    },
  };
}

/** The node that a Deployment is for, by its label. */
export function nodeOf({ metadata }: KubeObject): string {
  return metadata.labels?.[labels.node] ?? "";
}

export function deploymentFact(object: DeploymentObject): DeploymentFact {
  const { apiVersion, kind, metadata, spec, fact } = object;
  const live: LiveObject & { spec?: object } = {
    apiVersion,
    kind,
    metadata: metadata as LiveObject["metadata"],
    ...(spec && { spec }),
  };
  return { object: live, ...fact };
}
