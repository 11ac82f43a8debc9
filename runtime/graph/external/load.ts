import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { decodeModel } from "../codec/decode.ts";
import { ModelFormatError } from "../codec/format-error.ts";
import { defaultLimits } from "../codec/limits.ts";
import type { MessageInit, ModelProto, TensorProto } from "../codec/types.ts";
import { DataFile } from "./data-file.ts";
import { ExternalDataError } from "./external-error.ts";
import { placeOf } from "./place.ts";
import { mapTensors, tensorsOf } from "./tensors.ts";

const top = { path: "", offset: 0 } as const;

/** How a model is loaded. */
export interface LoadOptions {
  /** Most bytes of all constants that lie in other files; 8 GiB when not given. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a model from a file, with the constants whose elements lie in other files beside it: each is read once, into
 * memory of its own, so a model can be larger than the 2 GiB of a protobuf file.
 * @throws {ModelFormatError} if the file is no model.
 * @throws {ExternalDataError} if elements lie outside the model's folder, are not as long as their shape says, do not
 * have the checksum that the model names, or take more than the limit.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<ModelProto> {
  const { size } = await stat(path);
  const { bytes: most } = defaultLimits;
  if (size > most) throw new ModelFormatError(`the file has ${size} bytes, and the limit is ${most}`, top);
  const bytes = await readFile(path, { signal: options.signal });
  return loadExternal(decodeModel(bytes), dirname(path), options);
}

/** The same for a model that is read already, whose other files are in `folder`. @throws {ExternalDataError} */
export async function loadExternal(model: ModelProto, folder: string, options: LoadOptions = {}): Promise<ModelProto> {
  const outside = (tensorsOf(model) as readonly TensorProto[]).filter(({ dataLocation }) => dataLocation === 1);
  if (outside.length === 0) return model;
  const loader = new Loader(folder, options);
  try {
    const loaded = new Map<MessageInit<"TensorProto">, TensorProto>();
    for (const tensor of outside) loaded.set(tensor, await loader.load(tensor));
    return mapTensors(model, (tensor) => loaded.get(tensor) ?? tensor) as ModelProto;
  } finally {
    await loader.close();
  }
}

const defaultLimit = 2 ** 33;

class Loader {
  readonly #folder: string;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #files = new Map<string, DataFile>();
  #taken = 0;

  constructor(folder: string, { limit = defaultLimit, signal }: LoadOptions) {
    this.#folder = folder;
    this.#limit = limit;
    this.#signal = signal;
  }

  async load(tensor: TensorProto): Promise<TensorProto> {
    const { name = "", dataLocation: _, ...rest } = tensor;
    const place = placeOf(tensor);
    const { location } = place;
    const file = this.#files.get(location) ?? (await DataFile.open(this.#folder, place, name));
    this.#files.set(location, file);
    this.#taken += file.costOf(place);
    if (this.#taken > this.#limit)
      throw new ExternalDataError(name, location, `constants in other files take more than ${this.#limit} bytes`);
    const rawData = await file.read(place, name, this.#signal);
    return { ...rest, name, externalData: [], rawData };
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }
}
