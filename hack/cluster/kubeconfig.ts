import { stringify } from "yaml";
import { apiTime } from "./api/time.ts";
import type { KeyPair } from "./certificates.ts";

export interface KubeconfigOptions {
  server: string;
  /** The certificate authority, PEM. */
  authority: string;
  user: string;
  namespace?: string;
}

/** A kubeconfig that stands alone: certificates and keys lie within it. */
export function kubeconfigWithCertificate(options: KubeconfigOptions, keyPair: KeyPair): string {
  return kubeconfig(options, {
    "client-certificate-data": base64(keyPair.certificate),
    "client-key-data": base64(keyPair.key),
  });
}

/**
 * A kubeconfig whose token comes from a file that is written anew whenever the token is: an ExecCredential
 * (client.authentication.k8s.io/v1), which client-go and the JavaScript client both read again when it has expired.
 * (The JavaScript client reads `tokenFile` only once, or not at all.)
 */
export function kubeconfigWithCredentialFile(options: KubeconfigOptions, credentialFile: string): string {
  return kubeconfig(options, {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "cat",
      args: [credentialFile],
      interactiveMode: "Never",
    },
  });
}

/** What {@link kubeconfigWithCredentialFile} reads. After `expires` a client asks again. */
export function execCredential(token: string, expires: Date): string {
  return JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: { token, expirationTimestamp: apiTime(expires) },
  });
}

function kubeconfig(options: KubeconfigOptions, user: object): string {
  const context = {
    cluster: "facefleet",
    user: options.user,
    ...(options.namespace && { namespace: options.namespace }),
  };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "facefleet",
        cluster: { server: options.server, "certificate-authority-data": base64(options.authority) },
      },
    ],
    users: [{ name: options.user, user }],
    contexts: [{ name: "facefleet", context }],
    "current-context": "facefleet",
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
