import { readFileSync } from "node:fs";
import { decodeModel } from "../../graph/codec/decode.ts";
import type { Model } from "../../graph/graph.ts";
import { readModel } from "../../graph/read.ts";
import type { SchemeName } from "../scale.ts";

/** What quantization.py wrote: Python's onnxruntime.quantization on the same numbers. */
interface Oracle {
  readonly tensors: readonly {
    readonly name: string;
    readonly rows: number;
    readonly values: string;
    readonly ranges: Readonly<Record<string, readonly [number, number]>>;
    readonly parameters: Readonly<Record<SchemeName, { readonly scale: number; readonly zeroPoint: number }>>;
    readonly merged: Readonly<Record<"signed" | "sizes", { readonly counts: string; readonly edges: string }>>;
  }[];
  readonly quantized: readonly {
    readonly scheme: SchemeName;
    readonly range: readonly [number, number];
    readonly values: string;
    readonly quantized: string;
  }[];
  readonly network: {
    readonly model: string;
    readonly pictures: string;
    readonly scales: Readonly<Record<SchemeName, Readonly<Record<"MinMax" | "Percentile", Scales>>>>;
  };
}

type Scales = Readonly<Record<string, { readonly scales: readonly number[]; readonly zeroPoint: number }>>;

export const oracle = JSON.parse(readFileSync(new URL("./quantization.json", import.meta.url), "utf8")) as Oracle;

const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, "base64")).buffer;

export const float32 = (text: string): Float32Array => new Float32Array(bytesOf(text));
export const int32 = (text: string): Int32Array => new Int32Array(bytesOf(text));
export const int16 = (text: string): Int16Array => new Int16Array(bytesOf(text));

/** The network of the oracle: two convolutions with a shortcut, pooling, ConvTranspose, Gemm and MatMul. */
export const smallNetwork = (): Model => readModel(decodeModel(new Uint8Array(bytesOf(oracle.network.model))));

/** Its input of one picture: [1, 3, 12, 12]. */
export const smallPictures = (): readonly Float32Array[] => {
  const all = float32(oracle.network.pictures);
  return Array.from({ length: all.length / 432 }, (_, i) => all.slice(i * 432, (i + 1) * 432));
};
