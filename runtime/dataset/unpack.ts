import { extract, type ReadEntry } from "tar";
import { isErrno } from "../engine/errors.ts";
import { DatasetError } from "./dataset.ts";

/** Bounds on what an archive may unpack to: it comes from a network. */
export interface UnpackLimits {
  readonly bytes: number;
  readonly files: number;
}

const unpackLimits: UnpackLimits = { bytes: 16 * 1024 ** 3, files: 500_000 };

/** What the disk or the node is to blame for, and no archive. */
const diskProblems = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "EMFILE", "ENFILE"];

const files: ReadonlySet<string> = new Set(["File", "OldFile", "ContiguousFile"]);

/**
 * Unpacks a tar archive, gzipped or not, into an empty folder. Only plain files and folders below it are taken.
 * Errors name an entry by its number (`tar -tf` lists them): a name may be a person's.
 * @throws DatasetError for links, devices, paths that lead outside, more than the limits, and damaged archives; the
 * operating system's own for what is the disk's doing.
 */
export async function unpack(archive: string, folder: string, limits: UnpackLimits = unpackLimits): Promise<void> {
  const guard = new Guard(limits);
  try {
    await extract({
      file: archive,
      cwd: folder,
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => guard.admits(path, entry as ReadEntry),
    });
  } catch (error) {
    if (isErrno(error, ...diskProblems)) throw error;
    if (guard.refusal === undefined) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new DatasetError(`the archive cannot be unpacked: ${problem}; make it with tar -cf or tar -czf`);
    }
  }
  if (guard.refusal !== undefined) throw new DatasetError(guard.refusal);
}

/** Keeps the first reason not to trust an archive, and admits nothing from then on. */
class Guard {
  refusal: string | undefined;
  readonly #limits: UnpackLimits;
  #bytes = 0;
  #files = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  admits(path: string, { type, size }: Pick<ReadEntry, "type" | "size">): boolean {
    this.#files += 1;
    this.#bytes += size;
    this.refusal ??= this.#problemWith(path, type);
    return this.refusal === undefined;
  }

  #problemWith(path: string, type: string): string | undefined {
    const name = `entry ${this.#files}`;
    if (type !== "Directory" && !files.has(type)) {
      return `${name} of the archive is a ${type}: only plain files and folders are taken`;
    }
    if (path.startsWith("/") || /^[A-Za-z]:/.test(path) || path.split(/[/\\]/).includes("..")) {
      return `${name} of the archive leads outside: pack it with relative paths`;
    }
    if (this.#files > this.#limits.files) return `the archive holds more than ${this.#limits.files} files`;
    if (this.#bytes > this.#limits.bytes) return `the archive unpacks to more than ${this.#limits.bytes} bytes`;
    return undefined;
  }
}
