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

/** User and group of all that runs on the nodes: the image's own, whatever the base image says. */
const USER = 65_532;
/** Group `video`, to which a Jetson's /dev/nvmap belongs. */
const VIDEO = 44;

/** No more than a process needs that reads its volumes and listens on a high port. */
export const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
} as const;

/** Who a pod is on its node. Secrets and tokens are mounted for its group. */
export function identityOn({ gpu }: Engine) {
  const groups = gpu === undefined ? {} : { supplementalGroups: [VIDEO] };
  return { securityContext: { runAsUser: USER, runAsGroup: USER, fsGroup: USER, ...groups } };
}

/**
 * Gives the store to the user of the pod before anything else runs: a kubelet makes the folder of a hostPath for root,
 * and fsGroup says nothing of it. Root may do nothing but that here, and outside of a container not even that.
 */
export function storeOwner(image: string, store: Volume) {
  const script = [
    'const fs = require("node:fs");',
    "const [store, user] = [process.argv[1], Number(process.argv[2])];",
    "const isOurs = process.getuid() !== 0 || fs.statSync(store).uid === user;",
    "if (!isOurs) { fs.chmodSync(store, 0o700); fs.chownSync(store, user, user); }",
  ];
  const asRoot = { runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 };
  return {
    name: "store-owner",
    image,
    command: ["node", "-e", script.join(" ")],
    args: [STORE, String(USER)],
    securityContext: { ...restricted, ...asRoot, capabilities: { drop: ["ALL"], add: ["CHOWN"] } },
    volumeMounts: [store.mount],
  };
}

/** Binds a pod to a node by the name in its label, so that the scheduler still checks whether it fits. */
export function pinnedTo(node: string) {
  return { nodeSelector: { "kubernetes.io/hostname": node } };
}

/** The runtime class by which a pod sees the GPU. */
export function gpuClass({ gpu }: Engine) {
  return gpu === undefined ? {} : { runtimeClassName: gpu.runtimeClassName };
}
