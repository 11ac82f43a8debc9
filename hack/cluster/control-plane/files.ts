import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { type CertificateAuthority, createSigningKey, type User } from "../certificates.ts";
import { kubeconfigWithCertificate } from "../kubeconfig.ts";
import { type AddressPlan, maxNodes, nodeAddress } from "../network.ts";
import { writeKeyPair, writePrivate } from "../private-files.ts";
import type { ControlPlaneFiles } from "./components.ts";

/** What to write down of each request (audit.k8s.io/v1): `Metadata` is who, what and when, but no bodies. */
export type AuditPolicy = "Metadata" | object;

/** Writes the certificates, keys and policies that the components are started with. */
export async function writeControlPlaneFiles(
  files: ControlPlaneFiles,
  options: { authority: CertificateAuthority; plan: AddressPlan; auditPolicy: AuditPolicy | undefined },
): Promise<void> {
  const { authority, plan } = options;
  await Promise.all(
    [files.pki, files.kubeconfigs, files.logs].map((each) => mkdir(each, { recursive: true, mode: 0o700 })),
  );
  const signing = await createSigningKey();
  await Promise.all([
    writeKeyPair(files.authority, authority),
    writeKeyPair(files.etcd, await authority.issueServer("etcd", { ip: [plan.controlPlane], alsoClient: true })),
    writeKeyPair(files.apiServer, await authority.issueServer("kube-apiserver", apiServerNames(plan))),
    writeKeyPair(files.etcdClient, await authority.issueClient({ name: "kube-apiserver-etcd-client" })),
    writeKeyPair(files.kubeletClient, await authority.issueClient(kubeletClient)),
    writePrivate(files.serviceAccountKey, signing.privateKey),
    writePrivate(files.serviceAccountPublicKey, signing.publicKey),
    options.auditPolicy && writePrivate(files.auditPolicy, stringify(auditPolicyOf(options.auditPolicy))),
  ]);
}

/** Writes a kubeconfig with a client certificate of its own for a user. Returns its path. */
export async function writeKubeconfig(
  options: { files: ControlPlaneFiles; authority: CertificateAuthority; server: string },
  user: User,
  name: string,
): Promise<string> {
  const path = join(options.files.kubeconfigs, `${name}.yaml`);
  const settings = { server: options.server, authority: options.authority.certificate, user: user.name };
  await writePrivate(path, kubeconfigWithCertificate(settings, await options.authority.issueClient(user)));
  return path;
}

/** The user as which the API server calls nodes. */
export const kubeletClient: User = { name: "kube-apiserver-kubelet-client" };

/** Nodes and their pods reach the API server through a proxy on the node's own address. */
function apiServerNames(plan: AddressPlan) {
  const proxies = Array.from({ length: maxNodes }, (_, index) => nodeAddress(plan, index + 1));
  return {
    dns: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    ip: ["127.0.0.1", plan.controlPlane, ...proxies],
  };
}

function auditPolicyOf(policy: AuditPolicy): object {
  if (policy !== "Metadata") return policy;
  return {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata" }],
  };
}
