import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { isErrno } from "../errors.ts";
import { type BinaryName, binaryNames, goModule, goPackages, type Release } from "./release.ts";

const progressMilliseconds = 10_000;

export interface BuildOptions {
  release: Release;
  /** Receives one file a program. */
  directory: string;
  /** Go's own caches go below it when the user's cannot be written. */
  cache: string;
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Builds the control plane from the Go module proxy (minutes the first time, seconds afterwards).
 * @throws if there is no Go, or a build fails: with the end of what the compiler said.
 */
export async function buildBinaries(options: BuildOptions): Promise<void> {
  const environment = await goEnvironment(options.cache);
  for (const [index, name] of binaryNames.entries()) {
    const version = name === "etcd" ? options.release.etcd : options.release.kubernetes;
    const step = `building ${name} ${version} from Go modules (${index + 1} of ${binaryNames.length})`;
    options.onProgress(step);
    await buildBinary(name, step, environment, options);
  }
}

async function buildBinary(name: BinaryName, step: string, environment: NodeJS.ProcessEnv, options: BuildOptions) {
  const output = join(options.directory, name);
  const build = spawn(
    "go",
    ["build", "-v", "-trimpath", "-ldflags", linkerFlags(options.release), "-o", output, goPackages[name]],
    {
      cwd: goModule,
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
      ...(options.signal && { signal: options.signal }),
    },
  );
  const exited = once(build, "close") as Promise<[number | null]>;
  const said: string[] = [];
  const ticker = setInterval(
    () => options.onProgress(`${step}: ${said.length} packages compiled`),
    progressMilliseconds,
  );
  try {
    createInterface({ input: build.stderr }).on("line", (line) => said.push(line));
    const [code] = await exited;
    if (code !== 0) throw new Error(`go build ${goPackages[name]} failed:\n${said.slice(-15).join("\n")}`);
  } finally {
    clearInterval(ticker);
  }
}

/** Without these a server calls itself v0.0.0-master+$Format:%H$, which kubectl cannot parse. */
export function linkerFlags(release: Release): string {
  const version = release.kubernetes;
  const variables = {
    "k8s.io/component-base/version.gitVersion": version,
    "k8s.io/client-go/pkg/version.gitVersion": version,
  };
  return ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

async function goEnvironment(cache: string): Promise<NodeJS.ProcessEnv> {
  const base = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false -modcacherw" };
  const folders = await goFolders(base);
  if (await Promise.all([folders.GOCACHE, folders.GOMODCACHE].map(isWritable)).then((all) => all.every(Boolean)))
    return base;
  return { ...base, GOCACHE: join(cache, "go", "build"), GOMODCACHE: join(cache, "go", "mod") };
}

async function goFolders(environment: NodeJS.ProcessEnv): Promise<{ GOCACHE: string; GOMODCACHE: string }> {
  try {
    const { stdout } = await execa("go", ["env", "-json", "GOCACHE", "GOMODCACHE"], {
      env: environment,
      extendEnv: false,
    });
    return JSON.parse(stdout) as { GOCACHE: string; GOMODCACHE: string };
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new NoGoError();
    // Go refuses to name a cache when there is no home directory: then ours is used.
    return { GOCACHE: "", GOMODCACHE: "" };
  }
}

/** There is no Go compiler. */
export class NoGoError extends Error {
  override name = "NoGoError";
  constructor() {
    super("there is no `go` in PATH");
  }
}

/** Whether a folder, or the nearest one above it that there is, may be written to. */
async function isWritable(folder: string): Promise<boolean> {
  if (folder === "") return false;
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    return isErrno(error, "ENOENT") && isWritable(dirname(folder));
  }
}
