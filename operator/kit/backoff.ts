/** A random number, uniform on [0, 1). `Math.random` is one. */
export type Random = () => number;

/** How waiting grows with failures. */
export interface Backoff {
  /** The wait after the first failure, in milliseconds. */
  readonly base: number;
  /** The longest wait, in milliseconds, before jitter. */
  readonly cap: number;
  /** What each further failure multiplies the wait by; 2 unless told. */
  readonly factor?: number;
  /** The share of the wait that is random, 0 to 1: the wait falls in [(1 - jitter) w, w]. Half unless told. */
  readonly jitter?: number;
}

/**
 * The wait after a number of failures in a row: exponential, capped, and jittered downwards so that clients which
 * failed together do not come back together ("equal jitter", M. Brooker, "Exponential Backoff and Jitter", 2015).
 *
 * @param failures How many failures in a row there were, from 1.
 * @returns Milliseconds.
 */
export function backoffDelay(
  { base, cap, factor = 2, jitter = 0.5 }: Backoff,
  failures: number,
  random: Random,
): number {
  const wait = Math.min(cap, base * factor ** (failures - 1));
  return wait * (1 - jitter * random());
}
