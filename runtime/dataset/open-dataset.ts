import { stat } from "node:fs/promises";
import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import type { PullRequest, Store } from "../engine/store.ts";
import { DatasetError, type Dataset } from "./dataset.ts";
import { readImageFolder } from "./image-folder.ts";
import { unpack } from "./unpack.ts";

/**
 * A labelled set by place and hash: pulled, verified and unpacked into the store once, then read from there, so that a
 * node without network still has it.
 *
 * @throws EngineError as `Store.pull`; DatasetError for other formats than ImageFolder and for sets that cannot be read.
 */
export async function openDataset(
  store: Store,
  { name, source, format }: ResolvedDataset,
  request: PullRequest = {},
): Promise<Dataset> {
  if (format !== "ImageFolder") {
    throw new DatasetError(`dataset ${name} has format ${format}: this version reads ImageFolder, a tar of pictures`);
  }
  const directory = store.datasetDirectory(source.digest);
  if ((await stat(directory).catch(() => undefined)) === undefined) {
    const archive = await store.pull(source, request);
    await store.requireSpace((await stat(archive)).size);
    await using work = await store.makeWorkspace();
    await unpack(archive, work.path);
    await store.requireSpace(0);
    await store.publish(work.path, directory);
  }
  await store.markUsed(directory);
  return readImageFolder(directory);
}
