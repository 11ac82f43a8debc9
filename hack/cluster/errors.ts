/** Whether an error is the operating system's `code`, for example `ENOENT`. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** The words of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A mistake in what the caller asked for: `message` names the field or flag, the value and the remedy. */
export class UsageError extends Error {
  override name = "UsageError";
}
