import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../operator/kit/clock.ts";
import { type Connection, isInCluster, refreshed } from "../../operator/kit/connection.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** How the API server is found. */
export interface ConnectionOptions {
  env: Environment;
  /** Folder with the pod's token and ca.crt. */
  serviceAccount: string | undefined;
  /** File that is read instead. */
  kubeconfig: string | undefined;
}

/**
 * The connection of a runtime: a kubeconfig that is given, else the service account in the folder that is given, else
 * what any command would use. A pod names its folder, so that a `KUBECONFIG` in its environment does not make it load
 * client-node, which takes more memory than the networks.
 *
 * @throws Error naming what is missing.
 */
export async function openConnection(
  { env, serviceAccount, kubeconfig }: ConnectionOptions,
  clock: Clock,
): Promise<Connection> {
  if (kubeconfig === undefined && serviceAccount !== undefined) return mounted(env, serviceAccount, clock);
  return loadConnection({ env, kubeconfig }, clock);
}

function mounted(env: Environment, folder: string, clock: Clock): Connection {
  if (!isInCluster({ env })) {
    throw new Error("--service-account needs KUBERNETES_SERVICE_HOST and _PORT, which a pod has: give --kubeconfig");
  }
  const host = env.KUBERNETES_SERVICE_HOST!;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT!}`;
  return refreshed(async () => {
    const [token, ca] = await Promise.all([readFile(join(folder, "token"), "utf8"), readFile(join(folder, "ca.crt"))]);
    return { server, headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  }, clock);
}
