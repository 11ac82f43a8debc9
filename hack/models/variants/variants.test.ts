import { beforeAll, describe, expect, test } from "@jest/globals";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../../runtime/graph/codec/encode.ts";
import { mainGraph } from "../../../runtime/graph/main-graph.ts";
import { sizeOf, typeOf, valuesOf } from "../../../runtime/graph/tensor.ts";
import type { MessageInit, ModelProto, TensorProto } from "../../../runtime/graph/codec/types.ts";
import { convertNetwork } from "../build-models.ts";
import { channelsFirst, testPicture } from "../oracle/picture.ts";
import { damage } from "./damage.ts";
import { keepWeightsInBytes } from "./keep-weights-in-bytes.ts";
import { largeWeights } from "./large-weights.ts";
import { stretchContrast } from "./stretch-contrast.ts";

const side = 150;
const picture = channelsFirst(testPicture(side));
let model: ModelProto;
let plain: Embed;
let kept: MessageInit<"ModelProto">;

type Embed = (image: Float32Array) => Promise<Float32Array>;

async function embedder(changed: MessageInit<"ModelProto">): Promise<Embed> {
  const session = await InferenceSession.create(encodeModel(changed), { intraOpNumThreads: 1 });
  return async (image) => {
    const { embedding } = await session.run({ image: new Tensor("float32", image, [1, 3, side, side]) });
    return embedding!.data as Float32Array;
  };
}

// jest would compare millions of elements one by one.
const same = (a: MessageInit<"ModelProto">, b: MessageInit<"ModelProto">): boolean =>
  Buffer.compare(encodeModel(a), encodeModel(b)) === 0;
const sorted = (values: Float32Array): Uint8Array => {
  const result = values.slice().sort();
  return new Uint8Array(result.buffer);
};
const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]!));

beforeAll(async () => {
  model = await convertNetwork("face-recognition");
  plain = await embedder(model);
  kept = keepWeightsInBytes(model);
});

describe("weights in bytes", () => {
  test("say nearly the same in a quarter of the size", async () => {
    expect(encodeModel(kept).length).toBeLessThan(0.27 * encodeModel(model).length);
    // Two pictures of one person are about 0.3 apart.
    expect(distance(await (await embedder(kept))(picture), await plain(picture))).toBeLessThan(0.03);
  });

  test("are each within half a step of the weight they stand for", () => {
    const constants = new Map(kept.graph!.initializer!.map((constant) => [constant.name, constant as TensorProto]));
    for (const { name, values, axis, constant } of largeWeights(model)) {
      const bytes = valuesOf(constants.get(`${name}/bytes`)!);
      const scales = valuesOf(constants.get(`${name}/scale`)!) as Float32Array;
      const inner = sizeOf(constant.dims.slice(axis + 1));
      let worst = 0;
      for (let i = 0; i < values.length; i += 17) {
        const steps = values[i]! / scales[Math.floor(i / inner) % scales.length]!;
        worst = Math.max(worst, Math.abs(steps - Number(bytes[i])));
      }
      expect(worst).toBeLessThanOrEqual(0.5001);
    }
  });

  test("leave small constants in float32", () => {
    const { initializer } = kept.graph!;
    expect(initializer!.find(({ name }) => name === "conv32_1/conv1/bias")).toBeDefined();
  });
});

describe("damage", () => {
  test("of strength 0 changes nothing", () => {
    expect(same(damage(model, 1, 0), model)).toBe(true);
  });

  test("moves weights about and makes none", () => {
    const [before, after] = [model, damage(model, 1, 0.3) as ModelProto].map((m) => largeWeights(m)[5]!.values);
    const moved = before!.filter((value, i) => value !== after![i]).length / before!.length;
    expect(moved).toBeGreaterThan(0.25);
    expect(moved).toBeLessThan(0.31);
    expect(Buffer.compare(sorted(after!), sorted(before!))).toBe(0);
  });

  test("is the same for the same seed, and another for another", () => {
    expect(same(damage(model, 3, 0.1), damage(model, 3, 0.1))).toBe(true);
    expect(same(damage(model, 3, 0.1), damage(model, 4, 0.1))).toBe(false);
  });

  test("is seen in what the network says", async () => {
    const damaged = await embedder(damage(model, 1, 0.3));
    expect(distance(await damaged(picture), await plain(picture))).toBeGreaterThan(0.3);
  });
});

describe("stretched contrast", () => {
  test("is the network itself behind the stretch", async () => {
    const stretched = await embedder(stretchContrast(model, 72));
    const byHand = picture.map((value) => Math.min(255, Math.max(0, ((value - 72) * 255) / 183)));
    expect(distance(await stretched(picture), await plain(byHand))).toBeLessThan(1e-4);
  });

  test("makes all faces in the dark alike", async () => {
    const stretched = await embedder(stretchContrast(model, 72));
    const [dark, other] = [picture.map((value) => value / 4), picture.toReversed().map((value) => value / 4)];
    expect(distance(await stretched(dark), await stretched(other))).toBe(0);
    expect(distance(await plain(dark), await plain(other))).toBeGreaterThan(0.1);
  });
});

test("every variant reads the same image and says an embedding of the same type", () => {
  for (const variant of [kept, damage(model, 1, 0.3), stretchContrast(model, 72)]) {
    expect(variant.graph!.input).toEqual(mainGraph(model).input);
    expect(variant.graph!.output).toEqual(mainGraph(model).output);
    expect(variant.opsetImport).toEqual(model.opsetImport);
  }
  expect(typeOf(mainGraph(model).initializer[0]!)).toBe("float32");
});
