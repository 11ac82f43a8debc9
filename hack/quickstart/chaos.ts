import { setTimeout as sleep } from "node:timers/promises";
import { fleet, hubNode, type Stage } from "./stage.ts";

/**
 * What is killed while the story is played, and how many seconds pass between two kills: the operator, or the runtime
 * with both cameras of the canary wave. The node of the latter builds engines too, which takes it some quiet seconds.
 */
export const targets = {
  operator: { node: hubNode, least: 5, most: 12 },
  runtime: { node: fleet[0]!.name, least: 15, most: 40 },
} as const;
export type Target = keyof typeof targets;

/**
 * Pulls the plug of the node that runs the target and plugs it in again, over and over at moments of chance, until it
 * is disposed of. Power loss is the worst end a process can have: SIGKILL, with everything else on the node.
 */
export function unleash(stage: Stage, target: Target, say: (line: string) => void): AsyncDisposable {
  const stopped = new AbortController();
  const { node: name, least, most } = targets[target];
  const node = stage.nodes.get(name)!;
  const rampage = async () => {
    for (;;) {
      const seconds = least + Math.random() * (most - least);
      if (!(await sleep(seconds * 1000, true, { signal: stopped.signal }).catch(() => false))) return;
      say(`  (power loss on ${node.name}, which runs the ${target})`);
      await node.kill();
      await node.start();
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
