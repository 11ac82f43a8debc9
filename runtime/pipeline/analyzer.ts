import { Worker } from "node:worker_threads";
import { EngineError } from "../engine/errors.ts";
import type { Manifest } from "../engine/manifest.ts";
import type { RgbImage } from "../faces/image.ts";
import type { Analysis, Want } from "./analysis.ts";
import type { Reply, Request, SlotTask } from "./messages.ts";

/** Why an analyzer takes no more frames. `engineKey` names its engines. */
export class AnalyzerFailed extends Error {
  override readonly name = "AnalyzerFailed";
  readonly engineKey: string;

  constructor(engineKey: string, problem: string, options?: ErrorOptions) {
    super(`the analyzer of engines ${engineKey} ${problem}`, options);
    this.engineKey = engineKey;
  }
}

/** The networks of one slot, loaded in a worker thread of their own. */
export interface Analyzer extends AsyncDisposable {
  readonly manifest: Manifest;
  /** Resolves, and never rejects, once the analyzer has failed. Stays pending while it works and after a disposal. */
  readonly failed: Promise<AnalyzerFailed>;
  /**
   * Faces of a picture. Calls are answered in their order, one at a time; `image` must not change before the answer.
   * @throws AnalyzerFailed when the worker has crashed, timed out or been disposed of: the call is not retried.
   * @throws RangeError for an image whose data is not three bytes a pixel; the analyzer goes on.
   */
  analyze(image: RgbImage, want: Want): Promise<Analysis>;
}

/** How an analyzer is loaded and run. */
export interface AnalyzerOptions {
  /** Threads of one inference; default 1, so that slots and nodes that share processors do not fight. */
  threads?: number;
  /** Ends the load when aborted. */
  signal?: AbortSignal;
  /** Milliseconds after which a frame without an answer means that the worker hangs; default 60 s. */
  frameTimeout?: number;
}

const defaults = { threads: 1, frameTimeout: 60_000 };

/**
 * Loads the engines of a directory into a worker thread. They are verified against their manifest, and each must say
 * what it said when it was built, before this resolves.
 *
 * @throws EngineError with its reason; AnalyzerFailed when the worker dies; the signal's reason when aborted.
 */
export async function loadAnalyzer(directory: string, options: AnalyzerOptions = {}): Promise<Analyzer> {
  const { threads, frameTimeout } = { ...defaults, ...options };
  options.signal?.throwIfAborted();
  const task: SlotTask = { directory, threads };
  const worker = new Worker(new URL("./analyzer.worker.ts", import.meta.url), { workerData: task, execArgv: [] });
  try {
    const manifest = await firstReply(worker, options.signal);
    return new WorkerAnalyzer(worker, manifest, frameTimeout);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** The manifest, once the worker has loaded it all. */
function firstReply(worker: Worker, signal?: AbortSignal): Promise<Manifest> {
  const { promise, resolve, reject } = Promise.withResolvers<Manifest>();
  const abort = () => reject(signal?.reason as Error);
  const died = (code: number) => reject(new AnalyzerFailed("unknown", `died while loading (exit code ${code})`));
  const refuse = (error: unknown) => reject(new AnalyzerFailed("unknown", "crashed while loading", { cause: error }));
  worker.once("message", (reply: Reply) => {
    if (reply.type === "Ready") resolve(reply.manifest);
    else if (reply.type === "Refused") reject(refusal(reply));
  });
  worker.once("error", refuse);
  worker.once("exit", died);
  signal?.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    worker.off("error", refuse);
    worker.off("exit", died);
    signal?.removeEventListener("abort", abort);
  });
}

function refusal({ reason, message }: Extract<Reply, { type: "Refused" }>): Error {
  return reason === undefined
    ? new AnalyzerFailed("unknown", `did not load: ${message}`)
    : new EngineError(reason, message);
}

interface Call {
  readonly resolve: (analysis: Analysis) => void;
  readonly reject: (error: AnalyzerFailed) => void;
}

class WorkerAnalyzer implements Analyzer {
  readonly manifest: Manifest;
  readonly failed: Promise<AnalyzerFailed>;
  readonly #worker: Worker;
  readonly #frameTimeout: number;
  readonly #calls = new Map<number, Call>();
  readonly #tellFailure: (error: AnalyzerFailed) => void;
  #end: AnalyzerFailed | undefined;
  #lastId = 0;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(worker: Worker, manifest: Manifest, frameTimeout: number) {
    const failed = Promise.withResolvers<AnalyzerFailed>();
    this.manifest = manifest;
    this.failed = failed.promise;
    this.#tellFailure = failed.resolve;
    this.#worker = worker;
    this.#frameTimeout = frameTimeout;
    worker.on("message", (reply: Reply) => this.#receive(reply));
    worker.on("error", (error) => this.#fail("crashed", error));
    worker.on("exit", (code) => this.#fail(`ended (exit code ${code})`));
  }

  analyze(image: RgbImage, want: Want): Promise<Analysis> {
    const { width, height, data } = image;
    if (data.length !== 3 * width * height || data.length === 0) {
      return Promise.reject(new RangeError(`an image of ${width} by ${height} pixels with ${data.length} bytes`));
    }
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const { promise, resolve, reject } = Promise.withResolvers<Analysis>();
    const id = ++this.#lastId;
    this.#calls.set(id, { resolve, reject });
    if (this.#calls.size === 1) this.#watch();
    this.#send({ type: "Analyze", id, image, want });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end === undefined) {
      this.#rejectAll(new AnalyzerFailed(this.manifest.key, "was disposed of"));
      const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
      this.#send({ type: "Close" });
      const patience = AbortSignal.timeout(5_000);
      await Promise.race([ended, new Promise((resolve) => patience.addEventListener("abort", resolve))]);
    }
    await this.#worker.terminate();
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: Reply): void {
    if (reply.type === "Failed") this.#fail(`failed: ${reply.message}`);
    if (reply.type !== "Analyzed") return;
    const call = this.#calls.get(reply.id);
    this.#calls.delete(reply.id);
    this.#watch();
    call?.resolve(reply.analysis);
  }

  /** Each frame gets its time from the answer before it, since frames are looked at one after another. */
  #watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#calls.size === 0) return;
    this.#watchdog = setTimeout(() => this.#fail(`gave no answer in ${this.#frameTimeout} ms`), this.#frameTimeout);
  }

  #fail(problem: string, cause?: unknown): void {
    if (this.#end !== undefined) return;
    const failure = new AnalyzerFailed(this.manifest.key, problem, { cause });
    this.#rejectAll(failure);
    this.#tellFailure(failure);
    this.#worker.terminate().catch(() => undefined);
  }

  #rejectAll(reason: AnalyzerFailed): void {
    this.#end = reason;
    clearTimeout(this.#watchdog);
    for (const { reject } of this.#calls.values()) reject(reason);
    this.#calls.clear();
  }
}
