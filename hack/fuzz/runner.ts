import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { Specimen } from "./corpus.ts";
import type { Outcome } from "./subject.ts";
import { usageOf, type Usage } from "./usage.ts";

/** What one case may take. */
export interface CaseLimits {
  /** Of processor time, where the system tells it (Linux); elsewhere of the clock. */
  readonly milliseconds: number;
  /** Of the heap, and as much again beside it (Linux). */
  readonly megabytes: number;
}

/** How a case ended: by itself, or because it took too much. */
export type CaseResult = Outcome | { readonly kind: "exceeded"; readonly what: "time" | "memory" };

const pollMilliseconds = 50;

/**
 * Runs cases one after the other in a process of their own, which is ended and replaced when one takes too much: a
 * thread whose heap is full can take the whole process with it.
 */
export class Runner implements AsyncDisposable {
  readonly #corpus: readonly Specimen[];
  readonly #seed: number;
  readonly #limits: CaseLimits;
  #child: ChildProcess | undefined;

  constructor(corpus: readonly Specimen[], seed: number, limits: CaseLimits) {
    this.#corpus = corpus;
    this.#seed = seed;
    this.#limits = limits;
  }

  async run(index: number): Promise<CaseResult> {
    const child = this.#child ?? (await this.#start());
    if (child === undefined) return { kind: "exceeded", what: "memory" };
    const watched = new AbortController();
    let exceeded: "time" | "memory" | undefined;
    const over = this.#watch(child, watched.signal).then((what) => {
      exceeded = what;
      if (what !== undefined) child.kill("SIGKILL");
    });
    child.send({ index });
    const outcome = await answerOf(child);
    watched.abort();
    await over;
    if (outcome !== undefined) return outcome as Outcome;
    this.#child = undefined;
    return { kind: "exceeded", what: exceeded ?? "memory" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** Undefined when the process does not even start in its memory. */
  async #start(): Promise<ChildProcess | undefined> {
    const child = fork(new URL("case.worker.ts", import.meta.url), {
      serialization: "advanced",
      execArgv: [`--max-old-space-size=${this.#limits.megabytes}`, "--disable-warning=ExperimentalWarning"],
      // What V8 prints when its heap is full is said in one line here.
      stdio: ["ignore", "inherit", "ignore", "ipc"],
    });
    // A message to one that has just ended fails; its end is what is told.
    child.on("error", () => undefined);
    child.send({ corpus: this.#corpus, seed: this.#seed });
    if ((await answerOf(child)) === undefined) return undefined;
    this.#child = child;
    return child;
  }

  /** What the process takes too much of, as soon as it does. */
  async #watch(child: ChildProcess, signal: AbortSignal): Promise<"time" | "memory" | undefined> {
    const { milliseconds, megabytes } = this.#limits;
    const taken = async (): Promise<Usage> =>
      (await usageOf(child.pid ?? 0)) ?? { milliseconds: performance.now(), megabytes: 0 };
    const before = await taken();
    while (!signal.aborted) {
      await setTimeout(pollMilliseconds, undefined, { signal }).catch(() => undefined);
      const now = await taken();
      if (now.milliseconds - before.milliseconds > milliseconds) return "time";
      if (now.megabytes - before.megabytes > 2 * megabytes) return "memory";
    }
    return undefined;
  }
}

/** What the process says next; undefined when it ends first. */
function answerOf(child: ChildProcess): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const ended = (): void => resolve(undefined);
  child.once("message", resolve);
  child.once("exit", ended);
  return promise.finally(() => {
    child.off("message", resolve);
    child.off("exit", ended);
  });
}
