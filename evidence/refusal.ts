/**
 * A number that the statistics refuse. An input is never clamped or skipped, because a gate that repairs its
 * evidence can pass on evidence that does not exist.
 */
export class EvidenceRefused extends RangeError {
  override readonly name = "EvidenceRefused";
  /** The argument or field that was refused. */
  readonly field: string;
  /** The value as it came. */
  readonly value: unknown;
  /** What would be accepted. */
  readonly expected: string;

  constructor(field: string, value: unknown, expected: string) {
    super(`${field} is ${printed(value)}; expected ${expected}`);
    this.field = field;
    this.value = value;
    this.expected = expected;
  }
}

/** Refuses a value outside the closed range [low, high], and NaN. Returns the value. */
export function requireWithin(field: string, value: number, low: number, high: number): number {
  if (!(value >= low && value <= high)) throw new EvidenceRefused(field, value, `a number from ${low} to ${high}`);
  return value;
}

/** Refuses a value outside the open range (low, high), and NaN. Returns the value. */
export function requireBetween(field: string, value: number, low: number, high: number): number {
  if (!(value > low && value < high)) {
    throw new EvidenceRefused(field, value, `a number above ${low} and below ${high}`);
  }
  return value;
}

/** Refuses an error rate outside (0, 0.5): at 0 nothing is ever decided, at 0.5 a coin decides. Returns the value. */
export function requireAlpha(field: string, value: number): number {
  return requireBetween(field, value, 0, 0.5);
}

/** Refuses what is not a whole number from `low` to `high`. Returns the value. */
export function requireCount(field: string, value: number, low = 0, high = Number.MAX_SAFE_INTEGER): number {
  if (!(Number.isSafeInteger(value) && value >= low && value <= high)) {
    throw new EvidenceRefused(field, value, `a whole number from ${low} to ${high}`);
  }
  return value;
}

/** A refused value in a message: bounded, because it may come from a device. */
function printed(value: unknown): string {
  if (typeof value !== "string") return typeof value === "number" ? String(value) : typeof value;
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
}
