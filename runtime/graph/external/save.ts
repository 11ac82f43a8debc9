import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { encodeModelPieces } from "../codec/encode.ts";
import type { MessageInit, TensorProto } from "../codec/types.ts";
import { elementTypeOf } from "../elements.ts";
import { valuesOf } from "../tensor.ts";
import { ExternalDataError } from "./external-error.ts";
import { moved, bytesOf } from "./place.ts";
import { mapTensors, tensorsOf } from "./tensors.ts";

/** How a model is saved. */
export interface SaveOptions {
  /** Constants of at least so many bytes go to a file of their own beside the model; all stay in it when not given. */
  readonly outsideFrom?: number;
  readonly signal?: AbortSignal;
}

/** Files that were written. */
export interface SavedModel {
  readonly model: string;
  /** Undefined where no constant went outside. */
  readonly data: string | undefined;
}

/** Elements begin at multiples of this, so that a reader can map them. Source: ONNX, ExternalData. */
const alignment = 4096;

/**
 * Writes a model to a file, whole or not at all: the data file first, under a name made of its content, then the model
 * that names it. So a model that was there before stays whole until the new one takes its place, and its data file stays
 * for the caller to remove. The bytes of constants are written from where they are, without a copy.
 * @throws {ExternalDataError} if a constant lies in another file and is not loaded (loadExternal): from here, its place
 * would be another one.
 * @throws {RangeError} if what stays in the model does not fit 2 GiB.
 */
export async function saveModel(
  path: string,
  model: MessageInit<"ModelProto">,
  { outsideFrom = Infinity, signal }: SaveOptions = {},
): Promise<SavedModel> {
  refuseUnloaded(model);
  const draft = `${path}.${randomUUID()}`;
  const [modelDraft, dataDraft] = [`${draft}.model.partial`, `${draft}.data.partial`];
  try {
    const written = await writeData(dataDraft, path, model, outsideFrom, signal);
    await write(modelDraft, (file) => writePieces(file, encodeModelPieces(written.model), signal));
    if (written.data !== undefined) await rename(dataDraft, written.data);
    await rename(modelDraft, path);
    await syncFolder(dirname(path));
    return { model: path, data: written.data };
  } finally {
    await rm(modelDraft, { force: true });
    await rm(dataDraft, { force: true });
  }
}

type Tensor = MessageInit<"TensorProto">;

function refuseUnloaded(model: MessageInit<"ModelProto">): void {
  const tensor = tensorsOf(model).find(({ dataLocation }) => dataLocation === 1);
  if (tensor === undefined) return;
  const location = tensor.externalData?.find(({ key }) => key === "location")?.value ?? "";
  const problem = "it is not loaded, and its place is relative to where the model was: load it by loadExternal first";
  throw new ExternalDataError(tensor.name ?? "", location, problem);
}

/** Writes what goes outside; the model, and the name that the file is to get. */
async function writeData(
  draft: string,
  path: string,
  model: MessageInit<"ModelProto">,
  outsideFrom: number,
  signal: AbortSignal | undefined,
): Promise<{ model: MessageInit<"ModelProto">; data: string | undefined }> {
  const offsets = placesFor(tensorsOf(model).filter((tensor) => goesOutside(tensor, outsideFrom)));
  if (offsets.size === 0) return { model, data: undefined };
  const hash = createHash("sha1");
  await write(draft, async (file) => {
    let end = 0;
    for (const [tensor, offset] of offsets) {
      const { buffer, byteOffset, byteLength } = valuesOf(tensor as TensorProto);
      const pieces = [new Uint8Array(offset - end), new Uint8Array(buffer, byteOffset, byteLength)];
      for (const piece of pieces) hash.update(piece);
      await writePieces(file, pieces, signal);
      end = offset + byteLength;
    }
  });
  const checksum = hash.digest("hex");
  const location = `${basename(path)}.${checksum.slice(0, 16)}.data`;
  const place = (tensor: Tensor, offset: number) =>
    moved(tensor, { location, offset, length: bytesOf(tensor as TensorProto), checksum });
  const outside = mapTensors(model, (tensor) => {
    const offset = offsets.get(tensor);
    return offset === undefined ? tensor : place(tensor, offset);
  });
  return { model: outside, data: join(dirname(path), location) };
}

/** Strings have no form outside. */
function goesOutside(tensor: Tensor, from: number): boolean {
  if (elementTypeOf(tensor.dataType) === undefined) return false;
  return bytesOf({ dims: [], ...tensor } as unknown as TensorProto) >= from;
}

function placesFor(tensors: readonly Tensor[]): ReadonlyMap<Tensor, number> {
  const offsets = new Map<Tensor, number>();
  let end = 0;
  for (const tensor of new Set(tensors)) {
    offsets.set(tensor, end);
    end = Math.ceil((end + bytesOf(tensor as TensorProto)) / alignment) * alignment;
  }
  return offsets;
}

async function write(path: string, contents: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, "wx");
  try {
    await contents(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writePieces(file: FileHandle, pieces: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  for (const piece of pieces) await file.writeFile(piece, { signal });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
