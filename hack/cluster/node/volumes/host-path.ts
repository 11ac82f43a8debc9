import { lstat, mkdir, open, stat } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import type { HostPathVolume } from "../../api/wire.ts";
import { MissingReferenceError } from "../pod/references.ts";

/** What a kubelet checks, or makes, for each hostPath type. The empty type checks nothing. */
const preparations: Record<string, (path: string) => Promise<void>> = {
  "": () => Promise.resolve(),
  DirectoryOrCreate: async (path) => {
    await mkdir(path, { recursive: true });
    await expectThat((await stat(path)).isDirectory(), `${path} is not a directory`);
  },
  Directory: async (path) => expectThat(await statIs(path, "isDirectory"), `hostPath is not a directory: ${path}`),
  FileOrCreate: async (path) => {
    await mkdir(dirname(path), { recursive: true });
    await (await open(path, "a")).close();
  },
  File: async (path) => expectThat(await statIs(path, "isFile"), `hostPath is not a file: ${path}`),
  Socket: async (path) => expectThat(await statIs(path, "isSocket"), `hostPath is not a socket: ${path}`),
  CharDevice: async (path) =>
    expectThat(await statIs(path, "isCharacterDevice"), `hostPath is no character device: ${path}`),
  BlockDevice: async (path) => expectThat(await statIs(path, "isBlockDevice"), `hostPath is no block device: ${path}`),
};

/**
 * Prepares a path of the host, which lies below the node's host root.
 * @returns where it really lies.
 * @throws MissingReferenceError if it is not what its type says.
 */
export async function prepareHostPath(hostRoot: string, source: HostPathVolume): Promise<string> {
  const path = join(hostRoot, normalize(join("/", source.path)));
  await preparations[source.type ?? ""]!(path);
  return path;
}

async function statIs(
  path: string,
  question: "isDirectory" | "isFile" | "isSocket" | "isCharacterDevice" | "isBlockDevice",
) {
  return lstat(path).then(
    async (found) => (found.isSymbolicLink() ? (await stat(path))[question]() : found[question]()),
    () => false,
  );
}

function expectThat(holds: boolean, message: string): Promise<void> {
  return holds ? Promise.resolve() : Promise.reject(new MissingReferenceError(message));
}
