import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { arbitraryModel } from "../../runtime/graph/arbitrary-model.fake.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import type { MessageInit, ModelProto, TensorProto } from "../../runtime/graph/codec/types.ts";
import { mainGraph, withGraph } from "../../runtime/graph/main-graph.ts";
import { buildModels } from "../models/build-models.ts";
import { createRandom, deriveSeed } from "../people/random/random.ts";

/** A model that cases are made of. */
export interface Specimen {
  readonly name: string;
  readonly file: Uint8Array;
}

/** Constants larger than this become inputs: what is fuzzed is structure, and a case is to take milliseconds. */
const largestConstant = 4096;

/** Random models beside the real ones: they have bodies, functions and sparse constants. */
const randomModels = 40;

/**
 * The face networks, those that PyTorch exported (if they were: `exported` is their folder), and random models.
 */
export async function collectCorpus(seed: number, exported: string, signal: AbortSignal): Promise<Specimen[]> {
  const built = await buildModels({ signal });
  const paths = Object.values(built).map(({ path }) => path);
  for await (const file of glob("*.onnx", { cwd: exported })) paths.push(join(exported, file));
  const corpus: Specimen[] = [];
  for (const path of paths.sort()) {
    signal.throwIfAborted();
    corpus.push({ name: path, file: encodeModel(withoutWeights(decodeModel(await readFile(path)))) });
  }
  for (let index = 0; index < randomModels; index++) {
    const random = createRandom(deriveSeed(seed, index));
    const file = encodeModel(arbitraryModel((below) => random.below(below)));
    corpus.push({ name: `random model ${index}`, file });
  }
  return corpus;
}

/** The model with its large constants as inputs. */
function withoutWeights(model: ModelProto): MessageInit<"ModelProto"> {
  const { initializer, input } = mainGraph(model);
  const isLarge = ({ rawData }: TensorProto): boolean => (rawData?.length ?? 0) > largestConstant;
  const given = new Set(input.map(({ name }) => name));
  const added = initializer.filter((tensor) => isLarge(tensor) && !given.has(tensor.name)).map(asInput);
  return withGraph(model, {
    initializer: initializer.filter((tensor) => !isLarge(tensor)),
    input: [...input, ...added],
  });
}

function asInput({ name = "", dataType = 0, dims }: TensorProto): MessageInit<"ValueInfoProto"> {
  const shape = { dim: dims.map((dimValue) => ({ dimValue })) };
  return { name, type: { tensorType: { elemType: dataType, shape } } };
}
