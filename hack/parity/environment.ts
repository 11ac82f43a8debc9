import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { isErrno } from "../cluster/errors.ts";

const requirements = join(import.meta.dirname, "requirements.txt");
const oldestPython = [3, 11] as const;

/** Where the oracles live, and who watches and may stop their installation. */
export interface EnvironmentOptions {
  /** Receives `venv`, a link to the environment of these requirements. */
  readonly folder: string;
  /** The interpreter that it is made with; `python3` where it is left out. */
  readonly interpreter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (what: string) => void;
}

/**
 * A virtual environment with PyTorch, onnx and ONNX Runtime as requirements.txt pins them, made if it is not there
 * (minutes, 4.5 GB). It is installed beside its place and moved there when it is whole; the one that it follows is
 * removed then.
 * @returns its Python.
 * @throws {NoPythonError}; InstallError with the end of what pip printed; the signal's reason.
 */
export async function prepareEnvironment(options: EnvironmentOptions): Promise<string> {
  const interpreter = options.interpreter ?? "python3";
  const version = await versionOf(interpreter);
  const name = `venv-${await keyOf(version)}`;
  const place = join(options.folder, name);
  if (!(await isThere(place))) await install(interpreter, place, options);
  await link(options.folder, name);
  return join(options.folder, "venv", "bin", "python");
}

/** There is no Python that is new enough. */
export class NoPythonError extends Error {
  override name = "NoPythonError";
  constructor(interpreter: string, found: string) {
    super(
      `${interpreter} is ${found}: put Python ${oldestPython.join(".")} or newer into PATH, or name one by --python`,
    );
  }
}

/** pip could not install the oracles. */
export class InstallError extends Error {
  override name = "InstallError";
  constructor(said: readonly string[]) {
    super(`the oracles of ${requirements} cannot be installed:\n${said.join("\n")}`);
  }
}

async function versionOf(interpreter: string): Promise<string> {
  const script = "import platform; print(platform.python_version())";
  const { stdout, exitCode } = await execa(interpreter, ["-c", script], { reject: false });
  if (exitCode !== 0) throw new NoPythonError(interpreter, "no working Python");
  const [major = 0, minor = 0] = stdout.split(".").map(Number);
  if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1]))
    throw new NoPythonError(interpreter, `Python ${stdout}`);
  return `${major}.${minor}`;
}

/** Names the environment after all that is in it. */
async function keyOf(version: string): Promise<string> {
  const hash = createHash("sha256")
    .update(version)
    .update(await readFile(requirements));
  return hash.digest("hex").slice(0, 16);
}

async function install(interpreter: string, place: string, options: EnvironmentOptions): Promise<void> {
  await mkdir(options.folder, { recursive: true });
  const partial = await mkdtemp(`${place}.partial-`);
  try {
    options.progress("making a virtual environment");
    await run(interpreter, ["-m", "venv", partial], options);
    const python = join(partial, "bin", "python");
    await run(python, ["-m", "pip", "install", "--no-deps", "-r", requirements], options);
    await run(python, ["-c", "import torch, onnx, onnxruntime, onnxscript"], options);
    await moveOnce(partial, place);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function run(command: string, args: readonly string[], { signal, progress }: EnvironmentOptions): Promise<void> {
  const child = execa(command, args, {
    all: true,
    reject: false,
    env: { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_PROGRESS_BAR: "off" },
    ...(signal && { cancelSignal: signal }),
  });
  const said: string[] = [];
  for await (const line of child.iterable({ from: "all" })) {
    said.push(line);
    if (/^\s*(Downloading|Installing)/.test(line)) progress(line.trim().slice(0, 100));
  }
  const { exitCode } = await child;
  signal?.throwIfAborted();
  if (exitCode !== 0) throw new InstallError(said.slice(-15));
}

/** Someone else who made the same may have been first. */
async function moveOnce(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isErrno(error, "ENOTEMPTY") && !isErrno(error, "EEXIST")) throw error;
  }
}

async function link(folder: string, name: string): Promise<void> {
  const path = join(folder, "venv");
  const before = await readlink(path).catch(() => undefined);
  if (before === name) return;
  const fresh = join(folder, `venv.${process.pid}.partial`);
  await symlink(name, fresh);
  await rename(fresh, path);
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
