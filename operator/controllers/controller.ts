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
interface Loop<Snapshot> extends Pick<ControllerOptions, "name" | "watches"> {
  /** Undefined when the object is gone: what it owned goes with it. */
  readonly gather: (key: string) => Snapshot | undefined;
  readonly plan: (snapshot: Snapshot, now: number) => Action[];
}

/** Milliseconds until a cache that is behind is looked at again; a watch mostly comes first. */
const CATCH_UP = 20;

/** Gathers, plans and executes, once the caches show what the key wrote the last time. */
export function loopOf<Snapshot>({ name, watches, gather, plan }: Loop<Snapshot>, shared: Shared): Controller {
  const { clock, random, log, metrics, execution } = shared;
  return defineController({
    ...{ name, watches, clock, random, log, metrics },
    reconcile: async (key, { signal }) => {
      const by = `${name} ${key}`;
      if (!execution.written.isVisible(by, execution.find, clock.now())) {
        throw new Waiting("CacheBehind", { retryAfter: CATCH_UP });
      }
      const snapshot = gather(key);
      return snapshot && execute(plan(snapshot, clock.now()), { by, signal }, execution);
    },
  });
}
