import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessNode } from "../cluster/cluster.ts";
import { fleet, hubNode, namespace, type Stage } from "./stage.ts";

/** Something that is killed while the story is played, at moments of chance. */
interface Prey {
  readonly node: string;
  readonly how: string;
  /** Seconds between two kills, at least and at most. */
  readonly pause: readonly [least: number, most: number];
  kill(node: ProcessNode): Promise<void>;
}

/**
 * The operator loses power, with everything else on its node. The runtime of the canary wave, with both of its cameras,
 * is ended by SIGKILL: its node goes on, since a build that never gets its seconds of power cannot end.
 */
export const targets = {
  operator: { node: hubNode, how: "power loss", pause: [5, 12], kill: losePower },
  runtime: { node: fleet[0]!.name, how: "SIGKILL", pause: [12, 30], kill: crashRuntime },
} as const satisfies Record<string, Prey>;
export type Target = keyof typeof targets;

async function losePower(node: ProcessNode): Promise<void> {
  await node.kill();
  await node.start();
}

async function crashRuntime(node: ProcessNode): Promise<void> {
  const names = (await node.pods()).map(({ metadata }) => metadata.name!);
  const pods = names.filter((name) => name.includes("-runtime-"));
  await Promise.all(pods.map((pod) => node.crash({ namespace, pod, container: "runtime" })));
}

/** Kills the target over and over at moments of chance, until it is disposed of. */
export function unleash(stage: Stage, target: Target, say: (line: string) => void): AsyncDisposable {
  const stopped = new AbortController();
  const { node: name, how, pause, kill } = targets[target];
  const [least, most] = pause;
  const node = stage.nodes.get(name)!;
  const rampage = async () => {
    for (;;) {
      const seconds = least + Math.random() * (most - least);
      if (!(await sleep(seconds * 1000, true, { signal: stopped.signal }).catch(() => false))) return;
      say(`  (${how} on ${node.name}, which runs the ${target})`);
      await kill(node);
    }
  };
  const running = rampage();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}
