/**
 * Seeds of people by what they are for. The drawing was tuned on the tuning people only; the judge looks at people that
 * no tuning has seen; the cast of the quickstart is neither.
 */
export const SEEDS = {
  tuning: { first: 1, last: 8999 },
  cast: { first: 9000, last: 9999 },
  judging: { first: 50_000, last: 59_999 },
  /** The people of the contact sheet. */
  sheet: { first: 60_000, last: 60_999 },
} as const;
