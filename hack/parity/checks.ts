import { glob, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { messageOf, UsageError } from "../cluster/errors.ts";
import type { Check, Context } from "./context.ts";
import type { Row } from "./row.ts";

/** A check by the topic that its file is named after. */
export interface Topic {
  readonly topic: string;
  readonly load: () => Promise<Check>;
}

/** The checks of a folder, in alphabetical order. */
export async function findTopics(folder: string): Promise<readonly Topic[]> {
  const files = await Array.fromAsync(glob("*.ts", { cwd: folder, exclude: ["*.test.ts"] }));
  return files.sort().map((file) => ({
    topic: basename(file, ".ts"),
    load: async () => (await import(join(folder, file))) as Check,
  }));
}

/** Those that were asked for; all where none was. @throws {UsageError} for one that is not there. */
export function chooseTopics(topics: readonly Topic[], only: readonly string[]): readonly Topic[] {
  for (const name of only)
    if (!topics.some(({ topic }) => topic === name)) {
      const known = topics.map(({ topic }) => topic).join(", ");
      throw new UsageError(`--only ${name}: there is no such topic; there are ${known}`);
    }
  return only.length === 0 ? topics : topics.filter(({ topic }) => only.includes(topic));
}

/**
 * All rows of a check. One that throws gets a row that says so and is not ok, after those that it found; so does one
 * that finds none.
 * @throws the signal's reason when it aborts.
 */
export async function runCheck({ topic, load }: Topic, context: Omit<Context, "scratch">): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const failed = (ours: string): Row => ({ topic, name: "the check itself", ours, theirs: "", bound: "", ok: false });
  const scratch = await mkdtemp(join(tmpdir(), `facefleet-parity-${topic}-`));
  try {
    const check = await load();
    for await (const row of check.rows({ ...context, scratch })) {
      context.signal.throwIfAborted();
      rows.push(row);
      context.progress(`${row.ok ? "ok" : "OUT OF BOUNDS"}: ${row.name}`);
    }
    if (rows.length === 0) rows.push(failed("found no row"));
  } catch (error) {
    context.signal.throwIfAborted();
    rows.push(failed(`failed: ${messageOf(error)}`));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return rows;
}
