import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { isErrno, UsageError } from "../cluster/errors.ts";

/** Longest wait for the other process to say who it is, in milliseconds. */
const patience = 2_000;

/**
 * Claims a folder for this process until it is disposed of. The claim is a socket in Linux's abstract namespace
 * (unix(7)): the kernel grants it once, and takes it back however its process ends, so none is ever stale.
 *
 * @throws UsageError naming the process that has claimed it, and the remedy.
 */
export async function claim(folder: string): Promise<AsyncDisposable> {
  const name = `\0facefleet-quickstart-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
  const server = createServer((asking) => asking.on("error", () => undefined).end(String(process.pid)));
  try {
    server.listen(name);
    await once(server, "listening");
  } catch (error) {
    if (!isErrno(error, "EADDRINUSE")) throw error;
    const holder = await askHolder(name);
    const end = holder === undefined ? "end it" : `end it with \`kill ${holder}\``;
    throw new UsageError(
      `process ${holder ?? "(unknown)"} is using ${folder}: wait for it, ${end}, or run this one in another clone`,
    );
  }
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** The process id of who holds a claim; undefined if it gives no answer. */
async function askHolder(name: string): Promise<string | undefined> {
  const socket = connect(name);
  const timer = setTimeout(() => socket.destroy(), patience);
  try {
    return /^\d+$/.exec(await text(socket))?.[0];
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
