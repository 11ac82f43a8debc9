import { readFile } from "node:fs/promises";
import { decodeModel } from "../../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../../runtime/graph/graph.ts";
import { readModel } from "../../../../runtime/graph/read.ts";
import type { Method } from "../../../../runtime/quantize/calibrate/method.ts";
import type { Context } from "../../context.ts";
import type { Look } from "./faces.ts";

/** A network that both quantizers are given. */
export interface Subject {
  readonly name: string;
  readonly path: string;
  readonly look: Look;
  /** By each of which it is quantized. */
  readonly methods: readonly Method["kind"][];
}

const bytes = { mean: 0, std: 1 } as const;
const looks: Readonly<Record<string, Look>> = {
  "tiny-face-detector": { part: "whole", side: 224, ...bytes },
  "face-landmarks": { part: "box", side: 112, ...bytes },
  "face-expression": { part: "aligned face", side: 112, ...bytes },
  "face-recognition": { part: "aligned face", side: 150, ...bytes },
};

/** The four face networks by every method, and the backbones of PyTorch (their weights are random) by MinMax. */
export async function subjectsOf({ faceModels, models }: Context): Promise<readonly Subject[]> {
  const faces = faceModels.flatMap(({ name, path }): Subject[] =>
    looks[name] === undefined ? [] : [{ name, path, look: looks[name], methods: ["MinMax", "Entropy", "Percentile"] }],
  );
  const exported = models.filter(({ form, opset }) => form === "folded" && opset === 17);
  const backbones = exported.map(async ({ backbone, path }): Promise<Subject> => {
    const side = (await loadModel(path)).graph.inputs[0]?.dims?.[2];
    const look: Look = { part: "aligned face", side: Number(side), mean: 127.5, std: 127.5 };
    return { name: backbone, path, look, methods: ["MinMax"] };
  });
  return [...faces, ...(await Promise.all(backbones))];
}

/** A model from its file. */
export const loadModel = async (path: string): Promise<Model> => readModel(decodeModel(await readFile(path)));
