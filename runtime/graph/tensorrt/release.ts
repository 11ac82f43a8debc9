import { sources, type Source } from "./source.ts";

/** The TensorRT releases of JetPack 6 (10.3) and JetPack 7.2 (10.16 and 11). */
export type TensorRTVersion = "10.3" | "10.16" | "11";

/** Oldest first. */
export const versions: readonly TensorRTVersion[] = ["10.3", "10.16", "11"];

/** Whether `version` is `since` or a later one. */
export const isSince = (version: TensorRTVersion, since: TensorRTVersion): boolean =>
  versions.indexOf(version) >= versions.indexOf(since);

interface Release {
  /** Versions of the default operator set that its parser reads. */
  readonly opsets: { readonly oldest: number; readonly newest: number; readonly source: Source };
  /** What its table of operators was read from. */
  readonly operators: Source;
}

/**
 * What is known of each release. Where its own table could not be read, the one before it stands for it: it says less
 * than the release can do.
 */
export const releases: Readonly<Record<TensorRTVersion, Release>> = {
  "10.3": {
    opsets: { oldest: 9, newest: 20, source: sources.opsets10 },
    operators: sources.operators9,
  },
  "10.16": {
    opsets: { oldest: 9, newest: 24, source: sources.operators10 },
    operators: sources.operators10,
  },
  "11": {
    opsets: { oldest: 9, newest: 25, source: sources.opsetGuide },
    operators: sources.operators11,
  },
};
