import { readFile } from "node:fs/promises";
import type { Network } from "../../crds/network.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Backend, Session } from "../engine/backend.ts";
import { OpenNetwork } from "../engine/open-network.ts";
import { compose } from "../faces/composition.ts";
import type { Tensor } from "../faces/decode/tensor.ts";
import { decodeLabelled } from "../gate/observe.ts";
import { lookAt } from "../pipeline/look.ts";
import type { Batch } from "../quantize/session.ts";

/** Pictures of the set that are looked at, spread evenly over it, and inputs that are kept of each network. */
const most = 128;

/** Networks that are to be shown the pictures that set their ranges. */
export interface CalibrationTask {
  readonly networks: readonly Network[];
  /** Local ONNX file of each network, by name. */
  readonly models: ReadonlyMap<string, string>;
  readonly dataset: Dataset;
  readonly backend: Backend;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Told how many pictures of how many have been looked at. */
  readonly onPicture: (done: number, total: number) => void;
}

/**
 * What each network is shown while all of them look at the calibration set as the runtime would, so that a recognizer
 * sees faces as the landmarks before it place them. A network that no picture reaches has an empty list.
 */
export async function recordInputs(task: CalibrationTask): Promise<ReadonlyMap<string, readonly Batch[]>> {
  const { networks, models, dataset, backend, threads, signal, onPicture } = task;
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
  const pictures = spread(dataset.pictures, most);
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
