import type { Network } from "../../crds/network.ts";
import type { CropRule } from "../faces/crop.ts";
import type { Tensor } from "../faces/decode/tensor.ts";
import type { RgbImage } from "../faces/image.ts";
import { inputDims, packPixels, type PixelFormat } from "../faces/pack.ts";
import { cropRuleOf, pixelFormatOf } from "../faces/recipe.ts";
import { Sampler } from "../faces/sample.ts";
import type { Similarity } from "../faces/similarity.ts";
import type { Session } from "./backend.ts";
import { requireContract } from "./contract.ts";

/**
 * A network ready to look: its session, and memory for one crop that is taken once. Counts its inferences and their
 * time since `resetTiming`.
 */
export class OpenNetwork {
  readonly network: Network;
  readonly format: PixelFormat;
  readonly rule: CropRule;
  runs = 0;
  milliseconds = 0;
  readonly #session: Session;
  readonly #sampler: Sampler;
  readonly #input: Float32Array;

  /** @throws EngineError ModelRefused when the model is not what the network says of it. */
  constructor(network: Network, session: Session) {
    requireContract(network, session);
    this.network = network;
    this.format = pixelFormatOf(network);
    this.rule = cropRuleOf(network);
    this.#session = session;
    this.#sampler = new Sampler(this.format.width, this.format.height);
    this.#input = new Float32Array(3 * this.format.width * this.format.height);
    session.bind(network.input.name, this.#input, inputDims(this.format));
  }

  /** Looks at the part of a picture that `crop` shows. `outputs` are names of tensors. */
  look(image: RgbImage, crop: Similarity, outputs: readonly string[]): Promise<Tensor[]> {
    packPixels(this.#sampler.sample(image, crop), this.format, this.#input);
    return this.#run(outputs);
  }

  /** Looks at pixels of the input's size: red, green and blue from 0 to 255, row by row. */
  lookAtPixels(pixels: Float32Array, outputs: readonly string[]): Promise<Tensor[]> {
    packPixels(pixels, this.format, this.#input);
    return this.#run(outputs);
  }

  resetTiming(): void {
    this.runs = 0;
    this.milliseconds = 0;
  }

  async #run(outputs: readonly string[]): Promise<Tensor[]> {
    const start = performance.now();
    const tensors = await this.#session.run(outputs);
    this.milliseconds += performance.now() - start;
    this.runs += 1;
    return tensors;
  }
}

/** Names of all tensors that a network's outputs are read from. */
export function tensorsOf({ outputs }: Network): string[] {
  return [...new Set(outputs.flatMap(({ tensors }) => tensors))];
}
