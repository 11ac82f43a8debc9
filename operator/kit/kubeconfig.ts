import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";
import {
  type Connection,
  type Credentials,
  inCluster,
  isInCluster,
  type PodPlace,
  refreshed,
  type TlsIdentity,
} from "./connection.ts";

function identityOf(options: RequestOptions): TlsIdentity {
  const { ca, cert, key, servername, rejectUnauthorized } = options as TlsIdentity;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** The file that the user's token comes from, when it does (client-node's `tokenFile` provider). */
function tokenFileOf(kubeConfig: KubeConfig): string | undefined {
  const provider = kubeConfig.getCurrentUser()?.authProvider as { config?: { tokenFile?: string } } | null | undefined;
  return provider?.config?.tokenFile;
}

async function headersOf(kubeConfig: KubeConfig, options: RequestOptions): Promise<Record<string, string>> {
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const file = tokenFileOf(kubeConfig);
  if (file !== undefined) headers.authorization = `Bearer ${(await readFile(file, "utf8")).trim()}`;
  if (typeof options.auth === "string") headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  return headers;
}

async function read(kubeConfig: KubeConfig): Promise<Credentials> {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`kubeconfig: context "${kubeConfig.currentContext}" names no cluster; set current-context`);
  }
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  return { server: cluster.server, headers: await headersOf(kubeConfig, options), tls: identityOf(options) };
}

/** For a cluster behind a proxy (`proxy-url`, http or socks), the pool that client-node makes. */
async function dispatcherOf(kubeConfig: KubeConfig, { server }: Credentials): Promise<Dispatcher> {
  const { HttpMethod, RequestContext } = await import("@kubernetes/client-node");
  const context = new RequestContext(server, HttpMethod.GET);
  await kubeConfig.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  if (dispatcher === undefined) throw new Error(`kubeconfig: proxy-url gives no way to ${server}`);
  return dispatcher;
}

/** The connection of a kubeconfig's current context: certificates, tokens, exec plugins, OIDC, proxies. */
export function fromKubeConfig(kubeConfig: KubeConfig, clock: Clock): Connection {
  const proxied = Boolean(kubeConfig.getCurrentCluster()?.proxyUrl);
  return {
    ...refreshed(() => read(kubeConfig), clock),
    dispatcher: proxied ? (credentials) => dispatcherOf(kubeConfig, credentials) : undefined,
  };
}

/**
 * The connection that a command should use: the kubeconfig file of the flag, of `KUBECONFIG`, the pod's service
 * account, or `~/.kube/config`, in this order. In a pod client-node is never loaded: its generated models alone take
 * 80 MB of memory.
 *
 * @param options.kubeconfig A file, from a flag.
 * @param options.context The context to use instead of the file's current one.
 * @throws Error naming the file or the variable that did not work.
 */
export async function loadConnection(
  options: PodPlace & { kubeconfig?: string | undefined; context?: string | undefined },
  clock: Clock,
): Promise<Connection> {
  const { kubeconfig, context, env } = options;
  if (kubeconfig === undefined && (env.KUBECONFIG ?? "") === "" && isInCluster(options)) {
    return inCluster(options, clock);
  }
  const { KubeConfig } = await import("@kubernetes/client-node");
  const loaded = new KubeConfig();
  if (kubeconfig === undefined) loaded.loadFromDefault();
  else loaded.loadFromFile(kubeconfig);
  if (context !== undefined) loaded.setCurrentContext(context);
  return fromKubeConfig(loaded, clock);
}
