import { execute, type ExecuteOptions } from "../execute.ts";
import type { World } from "../gather/world.ts";
import { type Controller, type ControllerOptions, defineController } from "../kit/controller.ts";
import { Waiting } from "../kit/errors.ts";
import type { Action } from "../plan/action.ts";
import type { Settings } from "../plan/snapshot.ts";

/** What all controllers share. */
export interface Shared extends Pick<ControllerOptions, "clock" | "random" | "log" | "metrics"> {
  readonly world: World;
  readonly settings: Settings;
  readonly execution: ExecuteOptions;
}

/** A controller of ours: what it watches, what it looks at, what it decides. */
interface Loop<Snapshot> extends Pick<ControllerOptions, "name" | "watches" | "concurrency"> {
  /** Undefined when the object is gone: what it owned goes with it. */
  gather: (key: string) => Snapshot | undefined;
  plan: (snapshot: Snapshot, now: number) => Action[];
}

/** Milliseconds until a cache that is behind is looked at again; a watch mostly comes first. */
const catchUp = 50;

/** Gathers, plans, executes, once the caches show what the key wrote the last time. */
export function loopOf<Snapshot>({ gather, plan, ...rest }: Loop<Snapshot>, shared: Shared): Controller {
  const { clock, random, log, metrics, execution } = shared;
  return defineController({
    ...rest,
    clock,
    random,
    log,
    metrics,
    reconcile: async (key, { signal }) => {
      const by = `${rest.name} ${key}`;
      if (!execution.written.isVisible(by, execution.live, clock.now()))
        throw new Waiting("CacheBehind", { retryAfter: catchUp });
      const snapshot = gather(key);
      return snapshot && execute(plan(snapshot, clock.now()), by, execution, signal);
    },
  });
}
