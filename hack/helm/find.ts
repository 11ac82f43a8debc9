import { constants } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { withFileLock } from "../cluster/binaries/lock.ts";
import { cacheDirectory } from "../cluster/cache.ts";
import { UsageError } from "../cluster/errors.ts";
import { goModule, helmPackage, isUsable, wantedRelease, type HelmRelease } from "./release.ts";

export interface FindHelmOptions {
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  environment?: NodeJS.ProcessEnv;
}

/**
 * The path of Helm: `helm` of PATH when it can render our chart, else the one in our cache, which a Go build fills
 * (about two minutes, once).
 *
 * @throws UsageError if there is neither Helm nor Go, or the build fails.
 */
export async function findHelm(options: FindHelmOptions = {}): Promise<string> {
  const environment = options.environment ?? process.env;
  const installed = await execa("helm", ["version", "--short"], { env: environment, extendEnv: false, reject: false });
  if (!installed.failed && isUsable(installed.stdout)) return "helm";
  return cachedHelm(wantedRelease(), environment, options);
}

async function cachedHelm(release: HelmRelease, environment: NodeJS.ProcessEnv, options: FindHelmOptions) {
  const { signal, onProgress = () => undefined } = options;
  const folder = join(cacheDirectory(environment), "helm", release.key);
  const helm = join(folder, "helm");
  if (await isExecutable(helm)) return helm;
  await mkdir(folder, { recursive: true });
  const onWait = (holder: number) => onProgress(`waiting for process ${holder}, which builds Helm`);
  return withFileLock(join(folder, "lock"), { onWait, signal }, async () => {
    if (!(await isExecutable(helm))) await build(release, helm, environment, { onProgress, signal });
    return helm;
  });
}

/** Builds beside the destination and renames, so that an interrupted build leaves nothing that looks whole. */
async function build(
  release: HelmRelease,
  destination: string,
  environment: NodeJS.ProcessEnv,
  { onProgress, signal }: { onProgress: (line: string) => void; signal: AbortSignal | undefined },
): Promise<void> {
  const draft = `${destination}.${process.pid}.partial`;
  const step = `building Helm ${release.version} from Go modules`;
  let compiled = 0;
  onProgress(step);
  const ticker = setInterval(() => onProgress(`${step}: ${compiled} packages compiled`), 10_000);
  const go = execa("go", ["build", "-v", "-trimpath", "-ldflags", "-s -w", "-o", draft, helmPackage], {
    cwd: goModule,
    env: { ...environment, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false -modcacherw" },
    extendEnv: false,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  go.stderr.on("data", (chunk: Buffer) => (compiled += chunk.toString().split("\n").length - 1));
  try {
    const result = await go;
    signal?.throwIfAborted();
    if (result.failed) throw new UsageError(remedy(result.code, result.stderr));
    await rename(draft, destination);
  } finally {
    clearInterval(ticker);
    await rm(draft, { force: true });
  }
}

function remedy(code: string | undefined, said: string): string {
  if (code === "ENOENT") return "there is neither `helm` nor `go` in PATH: install Helm 3.8 or later, or Go 1.26";
  return `Helm could not be built; install Helm 3.8 or later instead. The compiler said:\n${said.split("\n").slice(-15).join("\n")}`;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
