const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration such as 90s, 5m, 1h30m or 250ms, in milliseconds. The schema has judged its form. */
export function millisecondsOf(duration: string): number {
  const parts = duration.matchAll(/(\d+)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * MILLISECONDS[unit as "ms"], 0);
}

/** A time in milliseconds since the epoch, as RFC 3339. */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}
