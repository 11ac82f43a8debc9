import type { Logger } from "pino";

/** Steps of a build in their order. */
type Step = "preflight" | "pull" | "calibrate" | "reduce" | "build" | "golden" | "gate" | "publish";

/** Tells how far a build is: one line a step and, of a long one, a line a tenth. */
export interface Progress {
  /** Constant words and fields. */
  tell(step: Step, message: string, fields?: object): void;
  /** A teller for a step of many items: called with how many of `total` are done. */
  count(step: Step, message: string, fields?: object): (done: number, total: number) => void;
}

/** Progress as JSON lines of a log. */
export function logProgress(log: Logger): Progress {
  return {
    tell: (step, message, fields = {}) => log.info({ step, ...fields }, message),
    count: (step, message, fields = {}) => {
      let told = 0;
      return (done, total) => {
        const tenth = Math.floor((10 * done) / total);
        if (tenth === told) return;
        told = tenth;
        log.info({ step, ...fields, done, total }, message);
      };
    },
  };
}
