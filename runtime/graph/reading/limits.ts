/** What reading a model may add to what its file holds. */
export interface ReadLimits {
  /** Most inputs, outputs and attributes that inlining functions adds: calls of calls multiply. */
  readonly inlined: number;
  /** Most bytes that all sparse constants take as dense ones. */
  readonly dense: number;
  /** Deepest bodies within bodies, and calls of functions by functions. */
  readonly depth: number;
}

/** Room for every model we know of; what a hostile one takes ends at about 2 GB. */
export const defaultReadLimits: ReadLimits = { inlined: 8_000_000, dense: 2 ** 30, depth: 64 };
