import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from "../../api/wire.ts";
import { parseQuantity } from "./quantity.ts";

/** What a node knows about a pod that the pod's own object may not say yet. */
export interface PodPlacement {
  podIP: string;
  hostIP: string;
  /** What the node can give, as quantities: the answer to a resource field for which the container sets no limit. */
  allocatable: Record<string, string>;
}

const fields: Record<string, (pod: Pod, placement: PodPlacement) => string> = {
  "metadata.name": (pod) => pod.metadata.name ?? "",
  "metadata.namespace": (pod) => pod.metadata.namespace ?? "",
  "metadata.uid": (pod) => pod.metadata.uid ?? "",
  "metadata.labels": (pod) => formatMap(pod.metadata.labels),
  "metadata.annotations": (pod) => formatMap(pod.metadata.annotations),
  "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
  "spec.serviceAccountName": (pod) => pod.spec.serviceAccountName ?? "default",
  "status.hostIP": (_, { hostIP }) => hostIP,
  "status.hostIPs": (_, { hostIP }) => hostIP,
  "status.podIP": (_, { podIP }) => podIP,
  "status.podIPs": (_, { podIP }) => podIP,
};

/**
 * The value of a downward-API field of a pod.
 * @returns undefined if there is no such field; the API server refuses most of those.
 */
export function fieldValue(selector: ObjectFieldSelector, pod: Pod, placement: PodPlacement): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(selector.fieldPath);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  return fields[selector.fieldPath]?.(pod, placement);
}

/**
 * The value of a container's resource field, in units of its divisor, rounded up, as a kubelet gives it.
 * @returns undefined if the selector names no container of the pod, or no resource.
 */
export function resourceValue(
  selector: ResourceFieldSelector,
  pod: Pod,
  placement: PodPlacement,
  self?: Container,
): string | undefined {
  const container = selector.containerName === undefined ? self : containerNamed(pod, selector.containerName);
  const [kind, resource] = split(selector.resource);
  if (!container || !resource) return undefined;
  const declared =
    kind === "limits" ? limitOf(container, resource, placement) : container.resources?.requests?.[resource];
  const divisor = parseQuantity(selector.divisor && selector.divisor !== "0" ? selector.divisor : "1");
  return String(Math.ceil(parseQuantity(declared ?? "0") / divisor));
}

function limitOf(container: Container, resource: string, placement: PodPlacement): string | undefined {
  return container.resources?.limits?.[resource] ?? placement.allocatable[resource];
}

function containerNamed(pod: Pod, name: string): Container | undefined {
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);
}

function split(resource: string): [string, string | undefined] {
  const dot = resource.indexOf(".");
  return [resource.slice(0, dot), resource.slice(dot + 1) || undefined];
}

/** As the kubelet writes labels and annotations into a file: sorted lines of `key="escaped value"`. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}
