import type { KubeObject } from "../kit/object.ts";
import type { DeploymentFact, LiveObject } from "../plan/snapshot.ts";
import { pickMetadata } from "./metadata.ts";

/** A Deployment of the apps API, as far as it is read. */
interface RawDeployment extends KubeObject {
  readonly spec?: DeploymentSpec;
  readonly status?: {
    /** Generation of the spec that the counts are of. */
    readonly observedGeneration?: number;
    /** Pods of the present template; like all counts it is left out when it is 0. */
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
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

export function pickDeployment({ apiVersion, kind, metadata, spec, status: last }: RawDeployment): DeploymentObject {
  // What is said of an earlier template is not of this one: its pod is about to be replaced.
  const status = (last?.observedGeneration ?? 0) < (metadata.generation ?? 0) ? undefined : last;
  const stuck = status?.conditions?.find(({ type, status: value }) => type === "Progressing" && value === "False");
  const since = status?.conditions?.find(({ type }) => type === "Available")?.lastTransitionTime;
  return {
    apiVersion,
    kind,
    metadata: pickMetadata(metadata),
    ...(spec && { spec: withLists(spec) }),
    fact: {
      available: (status?.updatedReplicas ?? 0) > 0 && (status?.availableReplicas ?? 0) > 0,
      ...(since !== undefined && { since }),
      ...(stuck && { stuck: stuck.message ?? stuck.reason ?? "no reason given" }),
    },
  };
}

/** A Go program gives an empty list as null where its type does not leave it out, as the sources of a projected volume. */
function withLists<Part>(part: Part): Part {
  if (part === null) return [] as Part;
  if (typeof part !== "object") return part;
  if (Array.isArray(part)) return part.map(withLists) as Part;
  return Object.fromEntries(Object.entries(part).map(([field, value]) => [field, withLists<unknown>(value)])) as Part;
}

/** The node that a Deployment's pods are bound to. */
export function nodeOf({ spec }: DeploymentObject): string | undefined {
  return spec?.template?.spec?.nodeSelector?.["kubernetes.io/hostname"];
}

/** A Deployment as the plan takes it. */
export function deploymentFact({ fact, ...object }: DeploymentObject): DeploymentFact {
  return { object: object as LiveObject, ...fact };
}
