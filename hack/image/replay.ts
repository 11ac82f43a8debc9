import { cp, mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { execa } from "execa";
import { UsageError } from "../cluster/errors.ts";
import type { Instruction } from "./dockerfile.ts";

/** What an image comes to: its file system as a folder, and how it is run. */
export interface Image {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** Where a Dockerfile is replayed. */
export interface ReplayOptions {
  /** Folder of the files that are sent to the build. */
  readonly context: string;
  /** An empty folder; each stage gets one in it. */
  readonly folder: string;
  readonly onStep: (line: string) => void;
  readonly signal: AbortSignal;
}

const empty = { workdir: "/", env: {}, entrypoint: [], command: [] };

/**
 * Carries out a Dockerfile in folders, without a container: the base image is this machine, and what a step does outside
 * of its working directory it would do here, so it is for Dockerfiles that stay within.
 *
 * @throws UsageError when there is no stage; what a failing RUN throws.
 */
export async function replay(instructions: readonly Instruction[], options: ReplayOptions): Promise<Image> {
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const instruction of instructions) {
    if (instruction.type === "FROM") {
      const name = instruction.name ?? String(stages.size);
      image = { ...empty, root: join(options.folder, `stage-${stages.size}`) };
      await mkdir(image.root);
      stages.set(name, image);
      continue;
    }
    if (image === undefined) throw new UsageError(`Dockerfile: ${instruction.type} comes before FROM`);
    const [name] = [...stages.keys()].slice(-1);
    image = await follow(image, instruction, stages, options);
    stages.set(name!, image);
  }
  if (image === undefined) throw new UsageError("Dockerfile: there is no FROM");
  return image;
}

async function follow(
  image: Image,
  instruction: Exclude<Instruction, { type: "FROM" }>,
  stages: ReadonlyMap<string, Image>,
  options: ReplayOptions,
): Promise<Image> {
  switch (instruction.type) {
    case "WORKDIR": {
      const workdir = resolve(image.workdir, instruction.path);
      await mkdir(join(image.root, workdir), { recursive: true });
      return { ...image, workdir };
    }
    case "ENV":
      return { ...image, env: { ...image.env, ...instruction.values } };
    case "COPY":
      await copy(image, instruction, stages, options);
      return image;
    case "RUN":
      options.onStep(`RUN ${instruction.script.replaceAll(/\s+/g, " ")}`);
      await run(image, instruction.script, options.signal);
      return image;
    case "USER":
      return { ...image, user: instruction.user };
    case "ENTRYPOINT":
      return { ...image, entrypoint: instruction.words };
    case "CMD":
      return { ...image, command: instruction.words };
  }
}

/** A folder's content goes to the target, a file to the target or into it. */
async function copy(
  { root, workdir }: Image,
  { from, sources, target }: Extract<Instruction, { type: "COPY" }>,
  stages: ReadonlyMap<string, Image>,
  { context, onStep }: ReplayOptions,
): Promise<void> {
  const origin = from === undefined ? context : stages.get(from)?.root;
  if (origin === undefined) throw new UsageError(`Dockerfile: COPY --from=${from!} names no stage before it`);
  const to = join(root, resolve(workdir, target));
  for (const source of sources) {
    onStep(`COPY ${from === undefined ? "" : `--from=${from} `}${source} ${target}`);
    await cp(join(origin, source), target.endsWith("/") ? join(to, basename(source)) : to, { recursive: true });
  }
}

async function run({ root, workdir, env }: Image, script: string, cancelSignal: AbortSignal): Promise<void> {
  await execa("/bin/sh", ["-c", script], { cwd: join(root, workdir), env, cancelSignal });
}
