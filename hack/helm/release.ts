import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The Go package of Helm's command. */
export const helmPackage = "helm.sh/helm/v4/cmd/helm";

/** The Go module whose requirements fix Helm's version. */
export const goModule = fileURLToPath(new URL("go/", import.meta.url));

/** The Helm that this checkout builds. */
export interface HelmRelease {
  /** For example `v4.1.0`. */
  version: string;
  /** Names the release and all it is built from: the name of its folder in the cache. */
  key: string;
}

/**
 * Reads the release out of a go.mod, the only place in which the version is written.
 *
 * @throws Error if it requires no Helm.
 */
export function releaseOf(goMod: string): HelmRelease {
  const version = /^\s*(?:require )?helm\.sh\/helm\/v4 (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error("hack/helm/go/go.mod requires no version of helm.sh/helm/v4");
  return { version, key: `${version}-${createHash("sha256").update(goMod).digest("hex").slice(0, 12)}` };
}

/** The release this checkout asks for. */
export function wantedRelease(): HelmRelease {
  return releaseOf(readFileSync(new URL("go/go.mod", import.meta.url), "utf8"));
}

/** Whether `helm version --short` names a Helm that can render our chart: 3.8 or later, or 4. */
export function isUsable(versionOutput: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(versionOutput.trim()) ?? [];
  return major === "4" || (major === "3" && Number(minor) >= 8);
}
