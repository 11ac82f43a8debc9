/** What a model from outside may ask of the reader. */
export interface Limits {
  /** Largest file, in bytes. Protobuf itself ends at 2 GiB; bigger models keep their tensors outside. */
  readonly bytes: number;
  /** Deepest nesting of messages; a subgraph takes three levels. 100 is protobuf's own default. */
  readonly depth: number;
  /**
   * Most fields in all, whatever they hold: names, nodes, attributes, dimensions, fields we do not know. One takes two
   * bytes of the file at least and up to 200 bytes of memory. A packed list of numbers is one field.
   */
  readonly fields: number;
}

/** Room for a graph of 400,000 nodes; what a hostile file takes ends at the size of the file plus 1.6 GB. */
export const defaultLimits: Limits = { bytes: 2 ** 31 - 1, depth: 100, fields: 8_000_000 };
