/** What a model from outside may ask of the reader. */
export interface Limits {
  /** Largest file, in bytes. Protobuf itself ends at 2 GiB; bigger models keep their tensors outside. */
  readonly bytes: number;
  /** Deepest nesting of messages; a subgraph takes three levels. 100 is protobuf's own default. */
  readonly depth: number;
  /** Most messages in all, nodes and attributes and shapes together: an empty one is 2 bytes in the file. */
  readonly messages: number;
}

/** Room for every real model; a hostile file of a few bytes a message stays below a gigabyte of memory. */
export const defaultLimits: Limits = { bytes: 2 ** 31 - 1, depth: 100, messages: 4_000_000 };
