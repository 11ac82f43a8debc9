import type { Client } from "../../operator/kit/client.ts";
import type { Logger } from "../../operator/kit/log.ts";
import { noderuntimes } from "./follow.ts";

/** Milliseconds that the API server has for its answer: a pod that is told to end is killed after 30 seconds. */
const patience = 5_000;

/** Whose NodeRuntime is asked for, and by which client. */
export interface DismissalOptions {
  client: Pick<Client, "list">;
  node: string;
  namespace: string;
  log: Logger;
}

/**
 * Whether nothing is wanted of the node any more: its NodeRuntime is gone or about to go, with the FaceModel or because
 * the node was taken from it. Only a list that does not hold it says so: an error of any kind, one that there is no such
 * kind included, says nothing.
 */
export async function isDismissed({ client, node, namespace, log }: DismissalOptions): Promise<boolean> {
  try {
    const fieldSelector = `metadata.name=${node}`;
    const { items } = await client.list(noderuntimes, { namespace, fieldSelector, timeout: patience });
    return items.every(({ metadata }) => metadata.deletionTimestamp !== undefined);
  } catch (error) {
    log.warn({ err: error }, "whether the node is still wanted is not known: what it holds stays");
    return false;
  }
}
