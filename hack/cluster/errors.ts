/**
 * Whether an error is the operating system's `code`, for example `ENOENT`. (A test runner has an `Error` of its own, so
 * `instanceof` would not know Node's.)
 */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return typeof error === "object" && error !== null && "code" in error && codes.includes(String(error.code));
}

/** The words of anything thrown. */
export function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}

/** A mistake in what the caller asked for: `message` names the field or flag, the value and the remedy. */
export class UsageError extends Error {
  override name = "UsageError";
}
