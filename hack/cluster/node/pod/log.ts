import { EventEmitter } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** A line longer than this is written in pieces, as container runtimes do. */
const longestLine = 16 * 1024;

/**
 * The log of one run of a container, in the format of the container runtime interface: `TIME STREAM TAG TEXT`, where
 * the tag is F for a full line and P for a piece. Two files bound it: when the first is full it becomes `PATH.1`.
 */
export class ContainerLog {
  readonly path: string;
  readonly #maximumBytes: number;
  readonly #lines = new EventEmitter<{ line: [string]; end: [] }>();
  #descriptor: number;
  #size = 0;
  #open = 0;
  #closed = false;

  constructor(path: string, maximumBytes: number) {
    this.path = path;
    this.#maximumBytes = maximumBytes / 2;
    this.#lines.setMaxListeners(0);
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, "w");
  }

  /** Writes down what a stream says until it ends. */
  attach(name: StreamName, stream: Readable): void {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    this.#open++;
    stream.on("data", (chunk: Buffer) => (rest = this.#writeLines(name, rest + decoder.write(chunk))));
    stream.once("close", () => {
      if (rest !== "") this.#write(name, "F", rest);
      if (--this.#open === 0) this.#close();
    });
  }

  /** Resolves when every attached stream has ended. */
  async ended(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => this.#lines.once("end", resolve));
  }

  /**
   * Gives the lines so far and, until the signal, those to come: none is lost or given twice.
   */
  follow(onLine: (line: string) => void, onEnd: () => void, signal: AbortSignal): void {
    for (const line of readLogLines(this.path)) onLine(line);
    if (this.#closed) {
      onEnd();
      return;
    }
    this.#lines.on("line", onLine);
    this.#lines.once("end", onEnd);
    signal.addEventListener("abort", () => {
      this.#lines.off("line", onLine);
      this.#lines.off("end", onEnd);
    });
  }

  #writeLines(name: StreamName, text: string): string {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    for (const line of lines) this.#write(name, "F", line);
    if (rest.length < longestLine) return rest;
    this.#write(name, "P", rest);
    return "";
  }

  #write(name: StreamName, tag: "F" | "P", text: string): void {
    const line = `${new Date().toISOString()} ${name} ${tag} ${text}`;
    if (this.#size > this.#maximumBytes) this.#rotate();
    this.#size += writeSync(this.#descriptor, `${line}\n`);
    this.#lines.emit("line", line);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, "w");
    this.#size = 0;
  }

  #close(): void {
    this.#closed = true;
    closeSync(this.#descriptor);
    this.#lines.emit("end");
  }
}

/** Every line that a log still has, oldest first. */
export function readLogLines(path: string): string[] {
  const text = [`${path}.1`, path].map((each) => (existsSync(each) ? readFileSync(each, "utf8") : "")).join("");
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

export interface LogQuery {
  tailLines?: number;
  timestamps?: boolean;
  /** Only lines at or after this moment. */
  since?: Date;
}

/** What `kubectl logs` prints of one line of the log, or undefined if the query leaves it out. */
export function formatLogLine(line: string, query: LogQuery): string | undefined {
  const match = /^(\S+) (?:stdout|stderr) ([FP]) (.*)$/s.exec(line);
  if (!match) return undefined;
  const [, time, tag, text] = match;
  if (query.since && new Date(time!) < query.since) return undefined;
  return (query.timestamps ? `${time} ${text}` : text!) + (tag === "F" ? "\n" : "");
}

/** The last lines of a log as text, for a termination message: at most 80 lines and 2048 bytes, as a kubelet takes. */
export function logTail(path: string): string {
  const text = readLogLines(path)
    .slice(-80)
    .map((line) => formatLogLine(line, {}) ?? "")
    .join("");
  return Buffer.from(text).subarray(-2048).toString("utf8");
}
