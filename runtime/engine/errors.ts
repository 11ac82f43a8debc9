/** What can go wrong with engines, artifacts and the store, and whether the same attempt can succeed later. */
const reasons = {
  ArtifactMissing: { retryable: false },
  ArtifactTooLarge: { retryable: false },
  BackendUnavailable: { retryable: false },
  DigestMismatch: { retryable: false },
  DiskFull: { retryable: true },
  EngineCorrupted: { retryable: true },
  EngineMissing: { retryable: false },
  GoldenMismatch: { retryable: true },
  ModelRefused: { retryable: false },
  PrecisionUnsupported: { retryable: false },
  PullFailed: { retryable: true },
  SourceUnsupported: { retryable: false },
  StoreLocked: { retryable: true },
} as const;

/** What went wrong, as one word for programs. */
export type EngineErrorReason = keyof typeof reasons;

/** Why an engine cannot be had. The message names what it is about, what was found and what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly reason: EngineErrorReason;
  /** Whether the same attempt can succeed later without a change of what was asked for. */
  readonly retryable: boolean;

  constructor(reason: EngineErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.retryable = reasons[reason].retryable;
  }
}

/** Whether an error is the operating system's `code`, such as ENOENT; without codes, whether it is one of them at all. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  if (typeof error !== "object" || error === null || !("errno" in error) || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}
