import type { Taint } from "../api/wire.ts";
import type { DeviceName } from "./simulated-orin/devices.ts";
import type { Images } from "./image.ts";
import type { BackoffPolicy } from "./pod/backoff.ts";

/**
 * How a node stands to the API server: connected; cut off with connections refused, as when a cable is pulled; or
 * blackholed, as when packets are lost without a word.
 */
export type NetworkState = "connected" | "refused" | "blackholed";

/** How a node keeps its Lease and its status. */
export interface NodeHeartbeat {
  leaseDurationSeconds: number;
  leaseRenewalSeconds: number;
  /** Between two looks at whether the API server's idea of the node is right. */
  statusSeconds: number;
}

/** All that the program of a process node is told, in a file. */
export interface NodeConfiguration {
  name: string;
  /** Another each time the node is started. */
  bootID: string;
  address: string;
  /** For what the node writes down: pods, logs. */
  directory: string;
  hostRoot: string;
  apiServer: { host: string; port: number };
  /** PEM files: the cluster's authority, the node's client certificate, and the one it serves with. */
  authority: string;
  client: { certificate: string; key: string };
  serving: { certificate: string; key: string };
  /** The version that the node reports. */
  kubernetesVersion: string;
  labels: Record<string, string>;
  taints: Taint[];
  device?: DeviceName;
  images: Images;
  network: NetworkState;
  heartbeat: NodeHeartbeat;
  backoff: BackoffPolicy;
  /** Of each run of a container, two are kept. */
  maximumLogBytes: number;
}
