import type { KubeObject } from "../kit/object.ts";
import type { DeploymentFact, LiveObject } from "../plan/snapshot.ts";
import { pickMetadata } from "./metadata.ts";

/** A Deployment of the apps API, as far as it is read. */
interface RawDeployment extends KubeObject {
  readonly spec?: DeploymentSpec;
  readonly status?: {
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

interface DeploymentSpec {
  readonly template?: { readonly spec?: { readonly nodeSelector?: Readonly<Record<string, string>> } };
}

/** A Deployment as it is kept: its whole spec, since the plan compares it; of its status only what the plan looks at. */
export type DeploymentObject = KubeObject & {
  readonly spec?: DeploymentSpec;
  readonly fact: Omit<DeploymentFact, "object">;
};

export function pickDeployment({ apiVersion, kind, metadata, spec, status }: RawDeployment): DeploymentObject {
  const stuck = status?.conditions?.find(({ type, status: value }) => type === "Progressing" && value === "False");
  return {
    apiVersion,
    kind,
    metadata: pickMetadata(metadata),
    ...(spec && { spec }),
    fact: {
      available: (status?.availableReplicas ?? 0) > 0,
      ...(stuck && { stuck: stuck.message ?? stuck.reason ?? "no reason given" }),
    },
  };
}

/** The node that a Deployment's pods are bound to. */
export function nodeOf({ spec }: DeploymentObject): string | undefined {
  return spec?.template?.spec?.nodeSelector?.["kubernetes.io/hostname"];
}

/** A Deployment as the plan takes it. */
export function deploymentFact({ fact, ...object }: DeploymentObject): DeploymentFact {
  return { object: object as LiveObject, ...fact };
}
