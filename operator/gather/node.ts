import type { KubeObject, ObjectMeta } from "../kit/object.ts";
import type { NodeFact } from "../plan/snapshot.ts";

/** A Node of the core API, as far as it is read. */
interface RawNode extends KubeObject {
  readonly metadata: ObjectMeta & { readonly creationTimestamp: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}

/** A Node as it is kept. */
export type NodeObject = KubeObject & { readonly fact: NodeFact };

/** Keeps name, labels and readiness: a Node's status is large, and changes with every image that it pulls. */
export function pickNode(raw: RawNode): NodeObject {
  const { name, uid, resourceVersion, labels = {}, deletionTimestamp, creationTimestamp } = raw.metadata;
  const ready = raw.status?.conditions?.find(({ type }) => type === "Ready");
  return {
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: { name, uid, resourceVersion },
    fact: {
      name,
      labels,
      ready: ready?.status === "True" && deletionTimestamp === undefined,
      since: deletionTimestamp ?? ready?.lastTransitionTime ?? creationTimestamp,
    },
  };
}
