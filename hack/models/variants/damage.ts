import { mainGraph, withGraph } from "../../../runtime/graph/main-graph.ts";
import { tensor } from "../../../runtime/graph/tensor.ts";
import type { MessageInit, ModelProto, TensorProto } from "../../../runtime/graph/codec/types.ts";
import { createRandom, type Random } from "../../people/random/random.ts";
import { largeWeights, type Weight } from "./large-weights.ts";

/**
 * A network as a broken export leaves it: in each large weight, that fraction `strength` (0 to 1) of the elements
 * has changed places. Its distribution, its speed and its shape are those of the real one; what it says is not.
 */
export function damage(model: ModelProto, seed: number, strength: number): MessageInit<"ModelProto"> {
  const random = createRandom(seed);
  const damaged = new Map<TensorProto, TensorProto>();
  for (const weight of largeWeights(model)) damaged.set(weight.constant, shuffled(weight, strength, random));
  return withGraph(model, {
    initializer: mainGraph(model).initializer.map((constant) => damaged.get(constant) ?? constant),
  });
}

/** Exchanges elements of a random choice of places among these places (Fisher and Yates). */
function shuffled({ name, constant, values }: Weight, strength: number, random: Random): TensorProto {
  const result = values.slice();
  const places = chosen(values.length, strength, random);
  for (let i = places.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [places[i]!, places[j]!];
    [result[a], result[b]] = [result[b]!, result[a]!];
  }
  return tensor(name, "float32", constant.dims, result);
}

/** A random choice of the numbers below `count`, each with that probability. */
function chosen(count: number, probability: number, random: Random): Uint32Array {
  const places = new Uint32Array(count);
  let found = 0;
  for (let place = 0; place < count; place++) if (random.chance(probability)) places[found++] = place;
  return places.subarray(0, found);
}
