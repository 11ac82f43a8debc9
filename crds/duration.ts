const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Milliseconds of a duration as the API takes it, such as 250ms, 90s or 1h30m.
 * @throws RangeError for any other text, which the API server refuses.
 */
export function milliseconds(duration: string): number {
  const parts = [...duration.matchAll(/([0-9]+)(ms|s|m|h)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration) {
    throw new RangeError(`${JSON.stringify(duration)} is no duration: write 250ms, 90s, 5m or 1h30m`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
}
