import { basename } from "node:path";
import { execa } from "execa";

/** A Python script failed: says which, how, and the end of what it printed. */
export class PythonError extends Error {
  override name = "PythonError";
  readonly script: string;

  constructor(script: string, problem: string, printed: readonly string[]) {
    super([`${basename(script)} ${problem}`, ...printed].join("\n"));
    this.script = script;
  }
}

/** Runs scripts with one interpreter. */
export interface PythonOptions {
  readonly interpreter: string;
  readonly signal?: AbortSignal | undefined;
  /** Receives each line of standard error. */
  readonly progress: (what: string) => void;
}

const linesKept = 30;

/**
 * Runs a script: JSON in on its standard input, JSON out on its standard output.
 * @throws {PythonError} if it exits non-zero or prints no JSON; the signal's reason when it aborts.
 */
export async function runPython(script: string, input: unknown, options: PythonOptions): Promise<unknown> {
  const { interpreter, signal, progress } = options;
  const child = execa(interpreter, [script], {
    input: JSON.stringify(input),
    reject: false,
    maxBuffer: { stdout: 2 ** 29, stderr: 2 ** 24 },
    env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" },
    ...(signal && { cancelSignal: signal }),
  });
  const printed: string[] = [];
  for await (const line of child.iterable({ from: "stderr" })) {
    printed.push(line);
    progress(line);
  }
  const { exitCode, stdout } = await child;
  signal?.throwIfAborted();
  if (exitCode !== 0) throw new PythonError(script, `exited with ${exitCode ?? "a signal"}`, printed.slice(-linesKept));
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new PythonError(script, `printed no JSON: ${stdout.slice(0, 200)}`, printed.slice(-linesKept));
  }
}
