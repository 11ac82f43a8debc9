import { join } from "node:path";
import type { ApiClient } from "../api/client.ts";
import type { Pod } from "../api/wire.ts";
import type { AddressPool } from "./addresses.ts";
import type { NodeConfiguration } from "./configuration.ts";
import type { EventRecorder } from "./events.ts";
import type { ReferencedObjects } from "./objects.ts";
import type { StatusReporter } from "./status-reporter.ts";

/** What the pods of a node share. */
export interface NodeServices {
  configuration: NodeConfiguration;
  /** The cluster's certificate authority, PEM. */
  authority: string;
  api: ApiClient;
  objects: ReferencedObjects;
  events: EventRecorder;
  statuses: StatusReporter;
  addresses: AddressPool;
  /** What the node can give, as quantities. */
  allocatable: Record<string, string>;
}

/** Where a pod's volumes, its containers' own folders and its memory lie. */
export function podDirectory(configuration: NodeConfiguration, uid: string): string {
  return join(configuration.directory, "pods", uid);
}

/** Where a pod's logs lie; named as a kubelet names it. */
export function podLogs(configuration: NodeConfiguration, pod: Pod): string {
  const { namespace, name, uid } = pod.metadata;
  return join(configuration.directory, "logs", `${namespace}_${name}_${uid}`);
}
