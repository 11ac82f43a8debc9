/**
 * What a process of the bench does again and again: forward as the model is; forward with affines as inputs; the same
 * with the moments as outputs; a step of TENT; a step of training with SGD.
 */
export type Work = "forward" | "rewritten" | "moments" | "adapt" | "train";

/** What a process of the bench is told. */
export interface Task {
  readonly work: Work;
  /** ResNet-18 with its BatchNormalizations. */
  readonly normalized: string;
  /** The same with them folded. */
  readonly folded: string;
  readonly batch: number;
  readonly side: number;
  readonly classes: number;
  readonly threads: number;
}

/** What a process tells of each turn. */
export interface Turn {
  /** Of the processor, all threads together. */
  readonly milliseconds: number;
  /** The most memory that the process ever had, in bytes. */
  readonly peak: number;
}
