import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";

const program = fileURLToPath(new URL("../../operator/main.ts", import.meta.url));

/** A line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An operator that runs as a process of its own, as it does in its pod. */
export interface OperatorProcess {
  readonly pid: number;
  /** Everything it has logged, oldest first. */
  readonly log: readonly LogLine[];
  /** What it wrote to standard error: nothing, unless it cannot start. */
  readonly errors: string;
  readonly exited: Promise<Exit>;
  /** Resolves with the first line of this message, or throws when the process ends without. */
  logged(message: string): Promise<LogLine>;
  /** The answer to GET of a path on its health port. @throws before it listens. */
  ask(path: string): Promise<{ status: number; body: string }>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

/** Writes a kubeconfig with a token for a server that speaks plain HTTP. @returns its path. */
export async function writeTokenKubeconfig(
  path: string,
  { server, token }: { server: string; token: string },
): Promise<string> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "user", user: { token } }],
    contexts: [{ name: "context", context: { cluster: "cluster", user: "user" } }],
    "current-context": "context",
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/**
 * Starts the operator. It takes free ports, and listens on the loopback only.
 *
 * @param flags besides `--host` and the ports.
 * @param env besides PATH.
 */
export function startOperator(flags: readonly string[], env: Readonly<Record<string, string>> = {}): OperatorProcess {
  const own = ["--host=127.0.0.1", "--health-port=0", "--metrics-port=0"];
  const path = [dirname(process.execPath), process.env.PATH ?? ""].join(":");
  const child = spawn(process.execPath, [program, ...own, ...flags], {
    env: { PATH: path, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Running(child);
}

class Running implements OperatorProcess {
  readonly log: LogLine[] = [];
  readonly exited: Promise<Exit>;
  errors = "";
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #hasExited = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => this.#take(line));
    child.stderr!.on("data", (data: Buffer) => (this.errors += data.toString()));
    this.exited = new Promise((resolve) =>
      child.once("exit", (code, signal) => {
        this.#hasExited = true;
        this.#wake();
        resolve({ code, signal });
      }),
    );
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async logged(message: string): Promise<LogLine> {
    for (;;) {
      const found = this.log.find(({ msg }) => msg === message);
      if (found !== undefined) return found;
      if (this.#hasExited) throw new Error(`the operator ended before it logged "${message}": ${this.errors}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async ask(path: string): Promise<{ status: number; body: string }> {
    const { url } = await this.logged("serving health and metrics");
    const response = await fetch(new URL(path, url as string));
    return { status: response.status, body: await response.text() };
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.exited;
  }

  #take(line: string): void {
    this.log.push(JSON.parse(line) as LogLine);
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}
