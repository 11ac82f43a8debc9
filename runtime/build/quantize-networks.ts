import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Network } from "../../crds/network.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Backend, Session } from "../engine/backend.ts";
import { EngineError } from "../engine/errors.ts";
import { OpenNetwork } from "../engine/open-network.ts";
import { compose } from "../faces/composition.ts";
import type { Tensor } from "../faces/decode/tensor.ts";
import { decodeLabelled } from "../gate/observe.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { ModelFormatError } from "../graph/codec/format-error.ts";
import { GraphError } from "../graph/graph-error.ts";
import { readModel } from "../graph/read.ts";
import { writeModel } from "../graph/write.ts";
import { lookAt } from "../pipeline/look.ts";
import { QuantizeError } from "../quantize/quantize-error.ts";
import { quantize, type Target } from "../quantize/quantize.ts";
import { onnxRuntimeSessions, type Batch } from "../quantize/session.ts";

/** Pictures of the set that are looked at, spread evenly over it, and inputs that are kept of each network. */
const most = 128;

/** Networks to quantize, and the pictures that set their ranges. */
export interface QuantizeTask {
  readonly networks: readonly Network[];
  /** Local ONNX file of each network, by name. */
  readonly models: ReadonlyMap<string, string>;
  readonly calibration: Dataset;
  readonly backend: Backend;
  /** Folder that the quantized models are written to. */
  readonly directory: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Told how many pictures of how many have been looked at. */
  readonly onPicture: (done: number, total: number) => void;
  readonly onQuantized: (network: string, activations: number, left: number) => void;
}

const targets = { ONNXRuntime: "ONNXRuntime", TensorRT: "TensorRT" } as const satisfies Record<Backend["name"], Target>;

/**
 * The networks in INT8, as files: all of them look at the calibration set as the runtime would, and the ranges of each
 * are measured on what it is shown then, so that a recognizer sees faces as the landmarks before it place them.
 * @returns the file of each network.
 * @throws EngineError ModelRefused, for a model that cannot be quantized and for a network that no picture reaches.
 */
export async function quantizeNetworks(task: QuantizeTask): Promise<ReadonlyMap<string, string>> {
  const inputs = await recordInputs(task);
  const files = new Map<string, string>();
  for (const { name } of task.networks) {
    const bytes = await quantizeNetwork(name, inputs.get(name)!, task);
    const file = join(task.directory, `${name}.onnx`);
    await writeFile(file, bytes, { signal: task.signal });
    files.set(name, file);
  }
  return files;
}

/** What each network was shown while all of them looked at the pictures. */
async function recordInputs(task: QuantizeTask): Promise<ReadonlyMap<string, readonly Batch[]>> {
  const { networks, models, calibration, backend, threads, signal, onPicture } = task;
  await using opened = new AsyncDisposableStack();
  const recorders = new Map<string, Recorder>();
  const open = new Map<string, OpenNetwork>();
  for (const network of networks) {
    const path = models.get(network.name)!;
    const content = Uint8Array.from(await readFile(path));
    const session = opened.use(await backend.openOriginal({ network: network.name, path, content }, threads));
    const recorder = new Recorder(session);
    recorders.set(network.name, recorder);
    open.set(network.name, new OpenNetwork(network, recorder));
  }
  const slot = { networks: open, composition: compose(networks) };
  const pictures = spread(calibration.pictures, most);
  for (const [index, picture] of pictures.entries()) {
    signal.throwIfAborted();
    await lookAt(slot, await decodeLabelled(picture), { identity: true, expression: true });
    onPicture(index + 1, pictures.length);
  }
  return new Map([...recorders].map(([name, { recorded }]) => [name, recorded]));
}

/** At most `count` of a list, from its beginning to its end. */
function spread<T>(list: readonly T[], count: number): readonly T[] {
  const every = Math.max(1, list.length / count);
  return Array.from({ length: Math.min(count, list.length) }, (_, i) => list[Math.floor(i * every)]!);
}

/** A session that keeps what it is asked about, up to a bound. */
class Recorder implements Session {
  readonly recorded: Batch[] = [];
  readonly inputs: Session["inputs"];
  readonly outputs: Session["outputs"];
  readonly #session: Session;
  #bound: { readonly name: string; readonly data: Float32Array; readonly dims: readonly number[] } | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.inputs = session.inputs;
    this.outputs = session.outputs;
  }

  bind(name: string, data: Float32Array, dims: readonly number[]): void {
    this.#bound = { name, data, dims };
    this.#session.bind(name, data, dims);
  }

  run(outputs: readonly string[]): Promise<Tensor[]> {
    if (this.#bound !== undefined && this.recorded.length < most) {
      const { name, data, dims } = this.#bound;
      this.recorded.push({ [name]: { type: "float32", dims, data: data.slice() } });
    }
    return this.#session.run(outputs);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#session[Symbol.asyncDispose]();
  }
}

async function quantizeNetwork(
  network: string,
  inputs: readonly Batch[],
  { models, backend, threads, signal, calibration, onQuantized }: QuantizeTask,
): Promise<Uint8Array> {
  if (inputs.length === 0)
    throw new EngineError(
      "ModelRefused",
      `network ${network}: none of ${calibration.pictures.length} calibration pictures reaches it: ` +
        "give a set with faces that the detector finds",
    );
  try {
    const given = readModel(decodeModel(await readFile(models.get(network)!)));
    const { model, quantized, left } = await quantize(given, {
      target: targets[backend.name],
      method: { kind: "MinMax" },
      batches: () => inputs,
      open: onnxRuntimeSessions({ threads }),
      signal,
    });
    onQuantized(network, quantized.filter(({ kind }) => kind === "Activation").length, left.length);
    return encodeModel(writeModel(model));
  } catch (error) {
    if (!(error instanceof QuantizeError || error instanceof ModelFormatError || error instanceof GraphError))
      throw error;
    throw new EngineError("ModelRefused", `network ${network}: ${error.message}`, { cause: error });
  }
}
