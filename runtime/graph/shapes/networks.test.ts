import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { buildModels, type BuiltModels } from "../../../hack/models/build-models.ts";
import { decodeModel } from "../codec/decode.ts";
import { readModel } from "../read.ts";
import { inferTypes } from "./infer.ts";
import { actualTypes, isMade } from "./oracle/actual.ts";
import { described } from "./oracle/expected.ts";
import { givingAll } from "./oracle/every-value.ts";

const networks = [
  "tiny-face-detector",
  "face-landmarks",
  "face-expression",
  "face-recognition",
  "face-recognition-bytes",
] as const;

let built: BuiltModels;
beforeAll(async () => {
  built = await buildModels();
}, 120_000);

describe("every value of a converted network is known to the last size, as ONNX Runtime makes it", () => {
  test.each(networks)("%s", async (name) => {
    const { model, values } = givingAll(readModel(decodeModel(await readFile(built[name].path))));
    const sizes = { N: 2, H: 64, W: 96 };
    const types = inferTypes(model);
    const actual = await actualTypes(model, sizes);
    const wrong = values.flatMap((value, place) => {
      const known = types.of(value);
      const open = known?.dims?.some((dim) => typeof dim === "string" && dim.startsWith("?")) ?? true;
      return !open && isMade(known, actual[place]!, sizes) ? [] : [[described(known), described(actual[place])]];
    });
    expect(wrong).toEqual([]);
    expect(values.length).toBeGreaterThan(20);
  });
});
