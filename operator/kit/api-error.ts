/** What went wrong with a request, decided by the reason and the status code, never by the message. */
export type ApiErrorKind =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "TooLarge"
  | "UnsupportedMediaType"
  | "Invalid"
  | "TooManyRequests"
  | "InternalError"
  | "ServiceUnavailable"
  | "Timeout"
  /** No answer came: refused, reset, cut off in the middle, or silent. `status` is 0. */
  | "Unreachable"
  /** An answer came that is not what the API promises. */
  | "Malformed";

/** metav1.StatusCause. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** metav1.Status as far as it is used (Kubernetes API conventions, "Response Status Kind"). */
export interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly StatusCause[] };
}

const KIND_BY_REASON: Readonly<Record<string, ApiErrorKind>> = {
  BadRequest: "BadRequest",
  Unauthorized: "Unauthorized",
  Forbidden: "Forbidden",
  NotFound: "NotFound",
  MethodNotAllowed: "MethodNotAllowed",
  AlreadyExists: "AlreadyExists",
  Conflict: "Conflict",
  Gone: "Gone",
  Expired: "Gone",
  RequestEntityTooLarge: "TooLarge",
  UnsupportedMediaType: "UnsupportedMediaType",
  Invalid: "Invalid",
  TooManyRequests: "TooManyRequests",
  InternalError: "InternalError",
  ServiceUnavailable: "ServiceUnavailable",
  Timeout: "Timeout",
  ServerTimeout: "Timeout",
};

const KIND_BY_STATUS: Readonly<Record<number, ApiErrorKind>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  413: "TooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function kindOf(status: number, reason: string): ApiErrorKind {
  return KIND_BY_REASON[reason] ?? KIND_BY_STATUS[status] ?? (status >= 500 ? "InternalError" : "BadRequest");
}

/** A request that did not succeed. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ApiErrorKind;
  /** HTTP status code; 0 when there was no answer. */
  readonly status: number;
  /** metav1.Status.reason, or the kind when the server gave none. */
  readonly reason: string;
  /** Milliseconds that the server asks to wait, when it does. */
  readonly retryAfter: number | undefined;
  /** Field errors and the like. */
  readonly causes: readonly StatusCause[];

  constructor(
    message: string,
    details: {
      kind: ApiErrorKind;
      status?: number;
      reason?: string;
      retryAfter?: number | undefined;
      causes?: readonly StatusCause[];
      cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.kind = details.kind;
    this.status = details.status ?? 0;
    this.reason = details.reason ?? details.kind;
    this.retryAfter = details.retryAfter;
    this.causes = details.causes ?? [];
  }

  /** From the body of an answer, or of an ERROR event in a watch. `retryAfter` is the header, in seconds. */
  static from(what: string, code: number, status: Status, retryAfter?: number): ApiError {
    const reason = status.reason ?? "";
    const seconds = status.details?.retryAfterSeconds ?? retryAfter;
    const kind = kindOf(code, reason);
    return new ApiError(`${what}: ${code} ${reason || kind}: ${status.message ?? "no message"}`, {
      kind,
      status: code,
      reason: reason || kind,
      retryAfter: seconds === undefined ? undefined : seconds * 1000,
      causes: status.details?.causes ?? [],
    });
  }
}

/** Whether an error is an {@link ApiError} of one of these kinds. */
export function isApiError(error: unknown, ...kinds: readonly ApiErrorKind[]): error is ApiError {
  return error instanceof ApiError && (kinds.length === 0 || kinds.includes(error.kind));
}

const TRANSIENT: ReadonlySet<ApiErrorKind> = new Set([
  "TooManyRequests",
  "InternalError",
  "ServiceUnavailable",
  "Timeout",
  "Unreachable",
  "Malformed",
]);

/** Whether the same request may well succeed later without anybody changing anything. */
export function isTransient(error: unknown): error is ApiError {
  return error instanceof ApiError && TRANSIENT.has(error.kind);
}

/** Runs `request`, and turns "not found" into `undefined`. */
export async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isApiError(error, "NotFound")) return undefined;
    throw error;
  }
}
