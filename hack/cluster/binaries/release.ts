import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The programs of a control plane and its client, with the Go package each is built from. */
export const goPackages = {
  etcd: "go.etcd.io/etcd/server/v3",
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
} as const;

export type BinaryName = keyof typeof goPackages;
export const binaryNames = Object.keys(goPackages) as BinaryName[];

/** Where each program of the control plane lies on disk. */
export type Binaries = Record<BinaryName, string>;

/** The Go module whose requirements fix every version of the control plane. */
export const goModule = fileURLToPath(new URL("../go/", import.meta.url));

export interface Release {
  /** For example `v1.36.3`. */
  kubernetes: string;
  /** For example `v3.6.16`. */
  etcd: string;
  /** Names the release and everything it is built from: the name of its folder in the cache. */
  key: string;
}

/** Reads the release out of a go.mod, the only place in which its versions are written. */
export function releaseOf(goMod: string): Release {
  const kubernetes = requiredVersion(goMod, "k8s.io/kubernetes");
  const etcd = requiredVersion(goMod, goPackages.etcd);
  const hash = createHash("sha256").update(goMod).digest("hex").slice(0, 12);
  return { kubernetes, etcd, key: `${kubernetes}-${hash}` };
}

/** The release this checkout asks for. */
export function wantedRelease(): Release {
  return releaseOf(readFileSync(new URL("../go/go.mod", import.meta.url), "utf8"));
}

/** `1.36` of `Kubernetes v1.36.3`, `3.6` of `etcd Version: 3.6.16`; undefined if the text names no version. */
export function minorVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+)\.\d+/.exec(text)?.[1];
}

function requiredVersion(goMod: string, module: string): string {
  const escaped = module.replaceAll(/[.\\]/g, "\\$&");
  const version = new RegExp(`^\\s*(?:require )?${escaped} (v\\S+)`, "m").exec(goMod)?.[1];
  if (version === undefined) throw new Error(`hack/cluster/go/go.mod requires no version of ${module}`);
  return version;
}
