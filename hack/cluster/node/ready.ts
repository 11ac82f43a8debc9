import type { ApiClient } from "../api/client.ts";
import type { Node } from "../api/wire.ts";
import { reflect } from "./reflector.ts";

/** Waits until the control plane lets pods run on a node that has been started this very time. */
export async function nodeReady(admin: ApiClient, name: string, bootID: string, signal: AbortSignal): Promise<void> {
  const found = new AbortController();
  const look = (node: Node) => {
    if (isReady(node) && node.status?.nodeInfo?.bootID === bootID) found.abort();
  };
  const handlers = { onList: (nodes: Node[]) => nodes.forEach(look), onSet: look, onDelete: () => undefined };
  const either = AbortSignal.any([signal, found.signal]);
  await reflect<Node>(admin, "/api/v1/nodes", `metadata.name=${name}`, handlers, either);
  signal.throwIfAborted();
}

function isReady({ status, spec }: Node): boolean {
  const ready = status?.conditions?.find((each) => each.type === "Ready");
  return ready?.status === "True" && !spec?.taints?.some((each) => each.key.startsWith("node.kubernetes.io/"));
}
