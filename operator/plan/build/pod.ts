import type { Engine } from "../../../crds/network.ts";
import type { Settings } from "../snapshot.ts";

/** Where the pods of one namespace find their store; on the node each namespace has a folder of its own. */
export const STORE = "/var/lib/facefleet";

interface Volume {
  readonly volume: { readonly name: string; readonly [source: string]: unknown };
  readonly mount: { readonly name: string; readonly mountPath: string };
}

/** The node's store: engines, spool and last desired state, which outlive every pod. */
export function storeVolume({ storePath }: Settings, namespace: string): Volume {
  const path = `${storePath}/${namespace}`;
  return {
    volume: { name: "store", hostPath: { path, type: "DirectoryOrCreate" } },
    mount: { name: "store", mountPath: STORE },
  };
}

/** A folder in memory for what libraries put beside the store: the image itself cannot be written to. */
export const scratch: Volume = {
  volume: { name: "tmp", emptyDir: {} },
  mount: { name: "tmp", mountPath: "/tmp" },
};

/** No more than a process needs that reads its volumes and listens on a high port. */
export const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** Binds a pod to a node by the name in its label, so that the scheduler still checks whether it fits. */
export function pinnedTo(node: string) {
  return { nodeSelector: { "kubernetes.io/hostname": node } };
}

/** The runtime class by which a pod sees the GPU. */
export function gpuClass({ gpu }: Engine) {
  return gpu === undefined ? {} : { runtimeClassName: gpu.runtimeClassName };
}
