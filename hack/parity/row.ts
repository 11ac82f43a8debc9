/** One of our values beside the oracle's. */
export interface Row {
  /** As the file of its check is named: `shapes`, `gradients`. */
  readonly topic: string;
  /** What was compared, on what: "ResNet-18, gradient of conv1.weight". */
  readonly name: string;
  readonly ours: number | string;
  readonly theirs: number | string;
  /** What the values must fulfill, for people: "relative <= 1e-5". */
  readonly bound: string;
  /** Whether they do. NaN never does. */
  readonly ok: boolean;
}
