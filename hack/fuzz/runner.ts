import { fork, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { Specimen } from "./corpus.ts";
import type { Outcome } from "./subject.ts";

/** What one case may take. */
export interface CaseLimits {
  readonly milliseconds: number;
  /** Of the heap, and as much again beside it. */
  readonly megabytes: number;
}

/** How a case ended: by itself, or because it took too much. */
export type CaseResult = Outcome | { readonly kind: "exceeded"; readonly what: "time" | "memory" };

const pollMilliseconds = 50;
const pageBytes = 4096;

/** Memory of a process beside what was given to the corpus and to Node itself. */
const baseMegabytes = 200;

/**
 * Runs cases one after the other in a process of their own, which is ended and replaced when one takes too much: a
 * thread whose heap is full can take the whole process with it.
 */
export class Runner implements AsyncDisposable {
  readonly #corpus: readonly Specimen[];
  readonly #seed: number;
  readonly #limits: CaseLimits;
  #child: ChildProcess | undefined;
  /** Ends the case that runs. */
  #settle: (result: CaseResult) => void = () => undefined;
  #exceeded: "time" | "memory" | undefined;

  constructor(corpus: readonly Specimen[], seed: number, limits: CaseLimits) {
    this.#corpus = corpus;
    this.#seed = seed;
    this.#limits = limits;
  }

  async run(index: number): Promise<CaseResult> {
    const child = (this.#child ??= this.#start());
    const { promise, resolve } = Promise.withResolvers<CaseResult>();
    this.#settle = resolve;
    const started = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - started > this.#limits.milliseconds) this.#end(child, "time");
      else this.#checkMemory(child).catch(() => this.#end(child, "memory"));
    }, pollMilliseconds);
    try {
      child.send({ index });
      return await promise;
    } finally {
      clearInterval(watch);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  #start(): ChildProcess {
    const child = fork(new URL("case.worker.ts", import.meta.url), {
      serialization: "advanced",
      execArgv: [`--max-old-space-size=${this.#limits.megabytes}`, "--disable-warning=ExperimentalWarning"],
      // What V8 prints when its heap is full is said in one line here.
      stdio: ["ignore", "inherit", "ignore", "ipc"],
    });
    this.#exceeded = undefined;
    child.on("message", (outcome: Outcome) => this.#settle(outcome));
    // A message to one that has just ended fails; its end is what is told.
    child.on("error", () => undefined);
    child.once("exit", () => {
      this.#child = undefined;
      this.#settle({ kind: "exceeded", what: this.#exceeded ?? "memory" });
    });
    child.send({ corpus: this.#corpus, seed: this.#seed });
    return child;
  }

  /** Where the system tells (Linux); elsewhere the heap's own limit holds. */
  async #checkMemory(child: ChildProcess): Promise<void> {
    const statm = await readFile(`/proc/${child.pid}/statm`, "utf8").catch(() => "0 0");
    const megabytes = (Number(statm.split(" ")[1]) * pageBytes) / 1e6;
    if (megabytes > baseMegabytes + 2 * this.#limits.megabytes) this.#end(child, "memory");
  }

  #end(child: ChildProcess, what: "time" | "memory"): void {
    this.#exceeded ??= what;
    child.kill("SIGKILL");
  }
}
