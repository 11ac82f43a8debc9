/** A picture of a labelled set. Labels that the set does not give are absent. */
export interface LabelledPicture {
  /** Path within the set, for messages. */
  readonly name: string;
  /** Path on the disk. */
  readonly path: string;
  readonly identity?: string;
  readonly expression?: string;
  readonly subgroup?: string;
}

/** A labelled set on the disk, its pictures in the order of their names. */
export interface Dataset {
  readonly directory: string;
  readonly pictures: readonly LabelledPicture[];
}

/** A set that cannot be read. The message names the file within the set and the remedy. */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
}
