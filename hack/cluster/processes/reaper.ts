import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

/** Guarded processes need a moment to die; then nothing writes into the folder any more. */
const script = '{ read -r order <&3 && [ "$order" = keep ]; } || { sleep 1; rm -rf -- "$1"; }';

/** Removes a folder if we end, in whatever way, before we say that it stays. */
export interface Reaper {
  dismiss(): Promise<void>;
}

export async function startReaper(directory: string): Promise<Reaper> {
  const child = spawn("/bin/sh", ["-c", script, "reaper", directory], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  await once(child, "spawn");
  child.unref();
  const order = child.stdio[3] as Writable;
  order.on("error", () => undefined); // it is gone already
  return {
    async dismiss() {
      if (child.exitCode !== null) return;
      child.ref();
      const exited = once(child, "exit");
      order.write("keep\n");
      await exited;
      order.destroy();
    },
  };
}
