/**
 * Thrown out of a reconcile that has to wait for something: not a failure. The controller comes back after
 * `retryAfter` milliseconds, or earlier when a watched object changes.
 */
export class Waiting extends Error {
  override readonly name = "Waiting";
  /** What is waited for, in CamelCase; fit for a condition's reason. */
  readonly reason: string;
  /** Milliseconds. */
  readonly retryAfter: number;

  constructor(reason: string, { retryAfter, cause }: { retryAfter: number; cause?: unknown }) {
    super(reason, { cause });
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** Thrown out of a reconcile that no retry can help: the controller waits for the object to change. */
export class Terminal extends Error {
  override readonly name = "Terminal";
  /** What is wrong, in CamelCase; fit for a condition's reason. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Thrown out of a reconcile of which some parts failed while the others were done. What all of them have in common
 * decides how it goes on: parts that only met a conflict are no more than a conflict.
 */
export class Incomplete extends AggregateError {
  override readonly name = "Incomplete";
  /** Milliseconds after which the key is wanted again for the sake of what was done; absent when it is not. */
  readonly requeueAfter: number | undefined;

  constructor(errors: readonly Error[], { requeueAfter }: { requeueAfter?: number | undefined } = {}) {
    const [first] = errors;
    super(
      errors,
      `failed in ${errors.length} ${errors.length === 1 ? "part" : "parts"}, first: ${first?.message ?? ""}`,
    );
    this.requeueAfter = requeueAfter;
  }
}

const DEFECTS: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "AssertionError",
]);

/** Whether what was thrown tells of a defect of the program rather than of the world: what Go would call a panic. */
export function isPanic(thrown: unknown): boolean {
  return !(thrown instanceof Error) || DEFECTS.has(thrown.name);
}

/** Fails to compile where a switch over a closed union forgets a member; throws where the type was a lie. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
