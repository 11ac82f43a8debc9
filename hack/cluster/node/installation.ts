import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient } from "../api/client.ts";
import type { CertificateAuthority, KeyPair } from "../certificates.ts";
import { kubeconfigWithCertificate } from "../kubeconfig.ts";
import { writeKeyPair, writePrivate } from "../private-files.ts";
import type { NetworkState, NodeConfiguration, NodeHeartbeat } from "./configuration.ts";
import { quickBackoff } from "./pod/backoff.ts";
import type { ProcessNodeOptions } from "./process-node.ts";
import { writeSimulatedHost } from "./simulated-orin/host-files.ts";

/** What a node needs of its cluster. */
export interface NodeSetting {
  /** The node's folder. */
  directory: string;
  address: string;
  apiServer: { host: string; port: number };
  authority: CertificateAuthority;
  authorityFile: string;
  admin: ApiClient;
  adminKeyPair: KeyPair;
  kubernetesVersion: string;
  heartbeat: NodeHeartbeat;
  maximumLogBytes: number;
  /** Gives up waiting for the node. */
  signal: AbortSignal;
}

/** Where everything of a node lies, below its folder. */
export function nodeFiles(directory: string) {
  const pair = (name: string) => ({ certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) });
  return {
    hostRoot: join(directory, "root"),
    kubeconfig: join(directory, "kubeconfig.yaml"),
    configuration: join(directory, "node.json"),
    log: join(directory, "node.log"),
    client: pair("client"),
    serving: pair("serving"),
  };
}

/** Writes the node's credentials, and the device it simulates, before it is started for the first time. */
export async function installNode({ name, device }: ProcessNodeOptions, setting: NodeSetting): Promise<void> {
  const { directory, authority, address, apiServer } = setting;
  const files = nodeFiles(directory);
  const user = `system:node:${name}`;
  await mkdir(files.hostRoot, { recursive: true, mode: 0o700 });
  if (device) await writeSimulatedHost(files.hostRoot, device);
  const client = await authority.issueClient({ name: user, groups: ["system:nodes"] });
  const access = { server: `https://${address}:${apiServer.port}`, authority: authority.certificate, user };
  await Promise.all([
    writeKeyPair(files.client, client),
    writeKeyPair(files.serving, await authority.issueServer(user, { ip: [address] })),
    writePrivate(files.kubeconfig, kubeconfigWithCertificate(access, client)),
  ]);
}

/** What the node's program is told at one start. */
export function nodeConfiguration(
  options: ProcessNodeOptions,
  setting: NodeSetting,
  start: { bootID: string; network: NetworkState },
): NodeConfiguration {
  const { directory, address, apiServer, authorityFile, kubernetesVersion, heartbeat, maximumLogBytes } = setting;
  const { name, labels = {}, taints = [], device, images, backoff = quickBackoff } = options;
  const { hostRoot, client, serving } = nodeFiles(directory);
  return {
    name,
    address,
    directory,
    hostRoot,
    apiServer,
    authority: authorityFile,
    client,
    serving,
    kubernetesVersion,
    labels,
    taints,
    ...(device && { device }),
    images,
    heartbeat,
    backoff,
    maximumLogBytes,
    ...start,
  };
}
