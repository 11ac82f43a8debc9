import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { Container, Pod, ServiceAccountTokenProjection } from "../../api/wire.ts";
import { execCredential, kubeconfigWithCredentialFile } from "../../kubeconfig.ts";
import { writePrivate } from "../../private-files.ts";
import type { IssuedToken } from "../volumes/token.ts";
import { serviceAccountPath } from "./launch.ts";

/** Where the API server answers a node and its pods. */
export interface ApiServerAddress {
  host: string;
  port: number;
}

/** The token that a container finds where every Kubernetes client looks for it, or undefined if it has none. */
export function serviceAccountToken(pod: Pod, container: Container): ServiceAccountTokenProjection | undefined {
  const mount = container.volumeMounts?.find((each) => each.mountPath === serviceAccountPath);
  const volume = mount && pod.spec.volumes?.find((each) => each.name === mount.name);
  return volume?.projected?.sources?.find((each) => each.serviceAccountToken)?.serviceAccountToken;
}

export function kubeconfigPath(containerDirectory: string): string {
  return join(containerDirectory, "kubeconfig");
}

/** Writes, or writes anew, the kubeconfig of a container and the credential that it reads. */
export async function writeCredentials(
  containerDirectory: string,
  pod: Pod,
  token: IssuedToken,
  cluster: { authority: string; apiServer: ApiServerAddress },
): Promise<void> {
  const { namespace = "default" } = pod.metadata;
  const { host, port } = cluster.apiServer;
  const credential = join(containerDirectory, "credential.json");
  const user = `system:serviceaccount:${namespace}:${pod.spec.serviceAccountName ?? "default"}`;
  const options = { server: `https://${host}:${port}`, authority: cluster.authority, user, namespace };
  await mkdir(containerDirectory, { recursive: true });
  await writePrivate(credential, execCredential(token.token, token.renews));
  await writePrivate(kubeconfigPath(containerDirectory), kubeconfigWithCredentialFile(options, credential));
}

/** The variables that a container has before the image's and its own. */
export function baseEnvironment(options: {
  pod: Pod;
  container: Container;
  directory: string;
  apiServer: ApiServerAddress;
}): Record<string, string> {
  const { pod, container, directory, apiServer } = options;
  const temporary = join(directory, "tmp");
  return {
    // `node` is the one that runs this program, which need not be in the user's PATH.
    PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: temporary,
    TMPDIR: temporary,
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name ?? "",
    KUBERNETES_SERVICE_HOST: apiServer.host,
    KUBERNETES_SERVICE_PORT: String(apiServer.port),
    ...(serviceAccountToken(pod, container) && { KUBECONFIG: kubeconfigPath(directory) }),
  };
}
