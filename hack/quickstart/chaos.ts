import { setTimeout as sleep } from "node:timers/promises";
import { fleet, hubNode, type Stage } from "./stage.ts";

/** What is killed while the story is played: the operator, or the runtime with both cameras of the canary wave. */
export const targets = { operator: hubNode, runtime: fleet[0]!.name } as const;
export type Target = keyof typeof targets;

/** Seconds between two kills, at least and at most. */
const pause = { least: 5, most: 12 };

/**
 * Pulls the plug of the node that runs the target and plugs it in again, over and over at moments of chance, until it
 * is disposed of. Power loss is the worst end a process can have: SIGKILL, with everything else on the node.
 */
export function unleash(stage: Stage, target: Target, say: (line: string) => void): AsyncDisposable {
  const stopped = new AbortController();
  const node = stage.nodes.get(targets[target])!;
  const rampage = async () => {
    for (;;) {
      const seconds = pause.least + Math.random() * (pause.most - pause.least);
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
