import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { NodeRuntime, type NodeRuntimeStatus } from "../../crds/noderuntime.ts";

/** What a node knows without the control plane: what was wanted of it last, and what its trial has shown. */
const State = z.object({
  format: z.literal(1),
  generation: z.int().min(0),
  spec: NodeRuntime.spec,
  trial: z
    .object({ id: z.string(), startedAt: z.iso.datetime(), tallies: z.record(z.string(), z.string()) })
    .optional(),
  swappedBack: NodeRuntime.status.shape.swappedBack,
});

export type State = z.infer<typeof State>;
export type SwappedBack = NonNullable<NodeRuntimeStatus["swappedBack"]>;

/** The state of the last run, or undefined when there is none that can be read: the API server then gives another. */
export async function readState(file: string): Promise<State | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const state = State.safeParse(parse(text));
  return state.success ? state.data : undefined;
}

/** Writes the state whole or not at all. */
export async function writeState(file: string, state: State): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
