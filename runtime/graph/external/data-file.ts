import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { ExternalDataError } from "./external-error.ts";
import type { ExternalPlace } from "./place.ts";

/** Node reads less than 2 GiB at once. */
const longestRead = 2 ** 30;

/** A file beside a model in which elements of its constants are. */
export class DataFile {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #ranges = new Map<string, Uint8Array>();
  #checksum: string | undefined;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /**
   * Opens a plain file within `folder`; links must stay within it too.
   * @throws {ExternalDataError}
   */
  static async open(folder: string, { location }: ExternalPlace, tensor: string): Promise<DataFile> {
    try {
      const root = await realpath(folder);
      const path = await realpath(join(root, location));
      if (!path.startsWith(root.endsWith(sep) ? root : root + sep))
        throw new ExternalDataError(tensor, location, "a link leads out of the folder of the model");
      // Not blocking: what has the name may be a pipe.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      const stat = await handle.stat();
      if (stat.isFile()) return new DataFile(handle, stat.size);
      await handle.close();
      throw new ExternalDataError(tensor, location, "it is no plain file");
    } catch (error) {
      if (error instanceof ExternalDataError) throw error;
      throw new ExternalDataError(tensor, location, `it cannot be opened: ${(error as Error).message}`, error);
    }
  }

  /** The bytes at a place; the same object when asked again. @throws {ExternalDataError} */
  async read(place: ExternalPlace, tensor: string, signal?: AbortSignal): Promise<Uint8Array> {
    const { location, offset, length, checksum } = place;
    if (offset + length > this.#size)
      throw new ExternalDataError(
        tensor,
        location,
        `it ends at byte ${this.#size}, and the elements at ${offset + length}`,
      );
    if (checksum !== undefined && checksum !== (await this.#sha1(signal)))
      throw new ExternalDataError(
        tensor,
        location,
        `its SHA-1 is ${this.#checksum ?? ""}, and the model says ${checksum}`,
      );
    const key = `${offset}+${length}`;
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(length);
    await this.#fill(bytes, offset, signal);
    this.#ranges.set(key, bytes);
    return bytes;
  }

  /** Bytes that reading a place adds to what was read before. */
  costOf({ offset, length }: ExternalPlace): number {
    return this.#ranges.has(`${offset}+${length}`) ? 0 : length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #fill(bytes: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.#handle.read(
        bytes,
        done,
        Math.min(longestRead, bytes.length - done),
        offset + done,
      );
      if (bytesRead === 0) throw new Error("the file became shorter while it was read");
      done += bytesRead;
    }
  }

  async #sha1(signal?: AbortSignal): Promise<string> {
    if (this.#checksum !== undefined) return this.#checksum;
    const hash = createHash("sha1");
    const chunk = new Uint8Array(2 ** 22);
    for (let offset = 0; offset < this.#size; offset += chunk.length) {
      const piece = chunk.subarray(0, Math.min(chunk.length, this.#size - offset));
      await this.#fill(piece, offset, signal);
      hash.update(piece);
    }
    return (this.#checksum = hash.digest("hex"));
  }
}
