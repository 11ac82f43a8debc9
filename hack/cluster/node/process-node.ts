import type { Pod, Taint } from "../api/wire.ts";
import { UsageError } from "../errors.ts";
import type { NetworkState } from "./configuration.ts";
import type { Images } from "./image.ts";
import type { BackoffPolicy } from "./pod/backoff.ts";
import { type DeviceName, deviceNames } from "./simulated-orin/devices.ts";

export interface ProcessNodeOptions {
  /** The Node's name: a DNS label. */
  name: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  /** The device whose files lie below the host root, and whose capacity and labels the Node has. */
  device?: DeviceName;
  /** What containers may run, by image reference. */
  images: Images;
  /** How the node stands to the API server at first. */
  network?: NetworkState;
  /** How long a crashing container waits; quicker than a kubelet unless given. */
  backoff?: BackoffPolicy;
}

/** A node of the local cluster, as its owner sees it. */
export interface ProcessNode {
  readonly name: string;
  /** Below which the node's pods find their hostPath volumes. */
  readonly hostRoot: string;
  readonly address: string;
  /** The Node's own kubeconfig: it may do what the Node may. */
  readonly kubeconfig: string;
  /** The process id of the node's program, while it is on. */
  readonly pid: number | undefined;
  /**
   * Cuts the node and its pods off from the API server. They run on. By default connections are refused; `blackholed`
   * keeps them open and lets nothing through.
   */
  disconnect(how?: Exclude<NetworkState, "connected">): Promise<void>;
  reconnect(): Promise<void>;
  /** Power loss: the node and its pods end at once; its host root stays. */
  kill(): Promise<void>;
  /** Power is back: the node boots, and its pods start again as after a reboot. */
  start(): Promise<void>;
  /**
   * Ends a container at once, as the kernel does when memory runs out; what follows is its restart policy's.
   * Resolves to whether it was running.
   */
  crash(options: Pick<LogOptions, "namespace" | "pod" | "container">): Promise<boolean>;
  /** The node's pods as it knows them itself, also when it is cut off. */
  pods(): Promise<Pod[]>;
  /** What a container wrote, as the node has it, also when it is cut off. */
  logs(options: LogOptions): Promise<string>;
}

export interface LogOptions {
  namespace?: string;
  pod: string;
  container: string;
  tailLines?: number;
  /** The log of the run before. */
  previous?: boolean;
}

/** @throws UsageError that names the option, what it is and what it may be. */
export function checkNodeOptions({ name, device }: ProcessNodeOptions): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new UsageError(`node name "${name}" is not a DNS label: use lower-case letters, digits and dashes`);
  }
  if (device !== undefined && !deviceNames.includes(device)) {
    throw new UsageError(`device "${device as string}" is unknown: use one of ${deviceNames.join(", ")}`);
  }
}
