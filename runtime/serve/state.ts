import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { NodeRuntime, type NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { EvidenceRefused } from "../../evidence/refusal.ts";
import { decodeTally } from "../../evidence/tally.ts";
import type { Logger } from "../../operator/kit/log.ts";
import { publishFile } from "../engine/publish.ts";
import type { Store } from "../engine/store.ts";
import { Latest } from "../pipeline/latest.ts";

/** What a node knows without the control plane: what was wanted of it last, and what its trial has shown. */
const State = z.object({
  format: z.literal(1),
  /** The NodeRuntime that it is of: generations of another object are not comparable. */
  uid: z.string(),
  generation: z.int().min(0),
  spec: NodeRuntime.spec,
  trial: z
    .object({
      id: z.string(),
      startedAt: z.iso.datetime(),
      probes: z.int().min(0),
      tallies: z.record(z.string(), z.string().refine(isTally)),
    })
    .optional(),
  /** Runs that a candidate may have ended. */
  attempts: z.object({ engineKey: z.string(), runs: z.int().min(1) }).optional(),
  swappedBack: NodeRuntime.status.shape.swappedBack,
  /** What runs since the swap back. */
  base: NodeRuntime.spec.shape.slots.shape.active,
});

export type State = z.infer<typeof State>;
export type SwappedBack = NonNullable<NodeRuntimeStatus["swappedBack"]>;

/** Where the state of a node lies. */
export function stateFile(store: Store, node: string): string {
  return join(store.root, "state", `${node}.json`);
}

/** The state of the last run, or undefined when there is none that can be read: the API server then gives another. */
export async function readState(file: string, log: Logger): Promise<State | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const state = State.safeParse(parse(text));
  if (state.success) return state.data;
  log.warn({ file: basename(file) }, "the state of the last run cannot be read and is left aside");
  return undefined;
}

/** Keeps the state on the disk, one write at a time: of those that come meanwhile only the newest is written. */
export class StateWriter implements AsyncDisposable {
  readonly #file: string;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #states = new Latest<State>();
  readonly #running: Promise<void>;
  #last: State | undefined;

  /** @param last what the disk has. */
  constructor(file: string, last: State | undefined, { store, log }: { store: Store; log: Logger }) {
    [this.#file, this.#last, this.#store, this.#log] = [file, last, store, log];
    this.#running = this.#run();
  }

  /** Writes a state, unless it is the last one. A disk that is full is a line in the log. */
  write(state: State): void {
    if (isDeepStrictEqual(state, this.#last)) return;
    this.#last = state;
    this.#states.put(state);
  }

  /** Resolves once the last state is on the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#states.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    for await (const state of this.#states.values()) {
      try {
        await this.#publish(state);
      } catch (error) {
        this.#log.error({ err: error }, "the state could not be written to the disk");
        // The same state is worth another try.
        if (this.#last === state) this.#last = undefined;
      }
    }
  }

  /** Whole or not at all. */
  async #publish(state: State): Promise<void> {
    await using work = await this.#store.makeWorkspace();
    const draft = join(work.path, "state");
    await writeFile(draft, JSON.stringify(state), { mode: 0o600 });
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await publishFile(draft, this.#file);
  }
}

function isTally(text: string): boolean {
  try {
    decodeTally(text);
    return true;
  } catch (error) {
    if (error instanceof EvidenceRefused) return false;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
