import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { createRandom, deriveSeed } from "../people/random/random.ts";
import type { Specimen } from "./corpus.ts";
import { mutateBytes } from "./mutate-bytes.ts";
import { mutateModel } from "./mutate-model.ts";

/** A file made from one or two specimens; the same for the same seed and index. */
export function makeCase(corpus: readonly Specimen[], seed: number, index: number): Uint8Array {
  const random = createRandom(deriveSeed(seed, index));
  const { file } = corpus[random.below(corpus.length)]!;
  const other = corpus[random.below(corpus.length)]!.file;
  const changed = random.chance(0.7) ? mutateStructure(file, other, random) : file;
  return changed === file || random.chance(0.15) ? mutateBytes(changed, other, random) : changed;
}

function mutateStructure(file: Uint8Array, other: Uint8Array, random: ReturnType<typeof createRandom>): Uint8Array {
  return encodeModel(mutateModel(decodeModel(file), [decodeModel(file), decodeModel(other)], random));
}
