import type { TensorRTVersion } from "./release.ts";
import type { Site } from "./site.ts";
import type { Source } from "./source.ts";

/** Something that the parser does not take of operators that it has. */
export interface Limit {
  readonly operators: readonly string[];
  /** The first release that takes it. */
  readonly until?: TensorRTVersion;
  /** What a node does that is not taken; undefined where it does not, or where that is not known before it runs. */
  readonly broken: (site: Site) => string | undefined;
  /** What to write in its place. */
  readonly remedy: string;
  readonly source: Source;
}
