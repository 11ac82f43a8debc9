import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDirectory } from "../../../hack/cluster/cache.ts";
import type { Subject } from "./subject.ts";

const source = fileURLToPath(new URL("../go-peer/", import.meta.url));

/** Builds the peer. @returns its path, or undefined with a word about why, where there is no Go or no module proxy. */
export async function buildGoPeer(): Promise<string | undefined> {
  const output = join(cacheDirectory(), "bench", "go-peer");
  const flags = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "."];
  const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" };
  const { failed, stderr, shortMessage } = await execa("go", flags, { cwd: source, env, reject: false });
  if (!failed) return output;
  console.log(`no baseline, since the Go peer could not be built: ${shortMessage}\n${stderr.slice(-500)}`);
  return undefined;
}

/** Starts the peer. */
export function startGoPeer(program: string, kubeconfig: string, namespace: string): Subject {
  const child = spawn(program, ["--kubeconfig", kubeconfig, "--namespace", namespace], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const working = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.includes("Starting workers")) resolve();
    });
    child.on("exit", () => reject(new Error(`the Go peer ended: ${lines.slice(-5).join("\n")}`)));
  });
  return {
    pid: child.pid!,
    working,
    end: () => {
      child.kill("SIGKILL");
      return exited;
    },
  };
}
