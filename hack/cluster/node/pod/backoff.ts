/** How long a crashing container waits before it is started again. */
export interface BackoffPolicy {
  initialMilliseconds: number;
  maximumMilliseconds: number;
}

/** The kubelet's own: 10 s, doubled up to 5 min. */
export const kubeletBackoff: BackoffPolicy = { initialMilliseconds: 10_000, maximumMilliseconds: 300_000 };

/** For use at one's desk. */
export const quickBackoff: BackoffPolicy = { initialMilliseconds: 1_000, maximumMilliseconds: 30_000 };

/** What is remembered of the failures so far: the wait before the next start. */
export interface BackoffState {
  nextMilliseconds: number;
}

export const noBackoff: BackoffState = { nextMilliseconds: 0 };

/**
 * After a container has ended: how long to wait, and what to remember. The first restart is immediate, and a run
 * of twice the maximum wait forgets all failures before it.
 */
export function backOff(
  state: BackoffState,
  ranMilliseconds: number,
  policy: BackoffPolicy,
): { waitMilliseconds: number; state: BackoffState } {
  const before = ranMilliseconds >= 2 * policy.maximumMilliseconds ? 0 : state.nextMilliseconds;
  const next = before === 0 ? policy.initialMilliseconds : Math.min(before * 2, policy.maximumMilliseconds);
  return { waitMilliseconds: before, state: { nextMilliseconds: next } };
}
