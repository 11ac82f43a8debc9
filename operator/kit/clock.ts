/** A pending timer. */
export interface Timer {
  /** Forgets the timer; does nothing when it has already fired. */
  cancel(): void;
}

/** Time as an argument: everything in the kit that waits or stamps takes one of these. */
export interface Clock {
  /** Wall-clock time, milliseconds since the Unix epoch. May step when the host's clock is set; for stamps only. */
  now(): number;
  /** Milliseconds since an arbitrary origin, never stepping back; for deadlines and durations. */
  monotonic(): number;
  /** Calls `fire` once after `delay` milliseconds; 0 means the next turn of the event loop, after pending I/O. */
  setTimer(delay: number, fire: () => void): Timer;
  /** Resolves after `delay` milliseconds; rejects with the signal's reason as soon as `signal` aborts. */
  sleep(delay: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay that `setTimeout` keeps: 2^31 - 1 ms, about 24.8 days. A longer one would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Implements {@link Clock.sleep} on any `setTimer`. */
export function sleepOn(setTimer: Clock["setTimer"], delay: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = setTimer(delay, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function setSystemTimer(delay: number, fire: () => void): Timer {
  if (delay <= 0) {
    const immediate = setImmediate(fire);
    return { cancel: () => clearImmediate(immediate) };
  }
  let cancel = (): void => undefined;
  const arm = (left: number): void => {
    const step = Math.min(left, LONGEST_TIMEOUT);
    const timeout = setTimeout(() => (left > step ? arm(left - step) : fire()), step);
    cancel = () => clearTimeout(timeout);
  };
  arm(delay);
  return { cancel: () => cancel() };
}

/** The clock of the host. Its timers keep the process alive until they fire or are canceled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer: setSystemTimer,
  sleep: (delay, signal) => sleepOn(setSystemTimer, delay, signal),
};
