import type { Dim } from "../../runtime/graph/type.ts";
import { after, around, nowhere, type Down, type Layer } from "./layers.ts";

/** A network of `@vladmandic/face-api` as data: what it looks at, its layers in order, and what it says. */
export interface Network {
  /** Name of its files in the package. */
  readonly weights: string;
  /** Rows and columns of the image, NCHW; "N" is the batch. */
  readonly image: readonly Dim[];
  /** Mean red, green and blue of 0 to 255, subtracted before dividing by 255. */
  readonly mean: readonly [number, number, number];
  readonly layers: readonly Layer[];
  readonly output: { readonly name: string; readonly dims: readonly Dim[] };
}

const conv = (weights: string, border = nowhere): Layer => ({ kind: "conv", weights, stride: 1, border });
const separable = (weights: string): Layer => ({ kind: "separable", weights, stride: 1, border: around });
const residual = (weights: string, down?: Down): Layer => ({ kind: "residual", weights, ...(down && { down }) });
const maxPool = (side: number, stride: number, border = nowhere): Layer => ({ kind: "maxPool", side, stride, border });
const leaky: Layer = { kind: "leakyRelu", slope: 0.1 };

/** A face-sized image to 256 features: four dense blocks, each halving the image, 112 to 7 pixels. */
const faceFeatures: readonly Layer[] = [
  { kind: "dense", weights: "dense0", first: "conv" },
  { kind: "dense", weights: "dense1", first: "separable" },
  { kind: "dense", weights: "dense2", first: "separable" },
  { kind: "dense", weights: "dense3", first: "separable" },
  { kind: "spatialMean" },
];
const faceMean = [122.782, 117.001, 104.298] as const;
const rows = (columns: number): readonly Dim[] => ["N", columns];

/** The networks by the names of their files. Pre- and post-processing: README.md. */
export const networks = {
  /** Five boxes for each cell of 32 by 32 pixels; any image whose sides are multiples of 32. */
  "tiny-face-detector": {
    weights: "tiny_face_detector_model",
    image: ["N", 3, "H", "W"],
    mean: [117.001, 114.697, 97.404],
    layers: [
      conv("conv0"),
      leaky,
      maxPool(2, 2),
      separable("conv1"),
      leaky,
      // The first convolution has cost a pixel on each side, so here, and only here, the size is odd.
      maxPool(2, 2, after),
      separable("conv2"),
      leaky,
      maxPool(2, 2),
      separable("conv3"),
      leaky,
      maxPool(2, 2),
      separable("conv4"),
      leaky,
      maxPool(2, 2),
      separable("conv5"),
      leaky,
      maxPool(2, 1, after),
      conv("conv8"),
      { kind: "channelsLast" },
    ],
    output: { name: "grid", dims: ["N", "rows", "columns", 25] },
  },
  "face-landmarks": {
    weights: "face_landmark_68_model",
    image: ["N", 3, 112, 112],
    mean: faceMean,
    layers: [...faceFeatures, { kind: "linear", weights: "fc", bias: true }],
    output: { name: "landmarks", dims: rows(136) },
  },
  "face-expression": {
    weights: "face_expression_model",
    image: ["N", 3, 112, 112],
    mean: faceMean,
    layers: [...faceFeatures, { kind: "linear", weights: "fc", bias: true }],
    output: { name: "logits", dims: rows(7) },
  },
  /** dlib's ResNet: 29 convolutions. */
  "face-recognition": {
    weights: "face_recognition_model",
    image: ["N", 3, 150, 150],
    mean: faceMean,
    layers: [
      { kind: "scaledConv", weights: "conv32_down", stride: 2, border: nowhere },
      { kind: "relu" },
      maxPool(3, 2),
      residual("conv32_1"),
      residual("conv32_2"),
      residual("conv32_3"),
      residual("conv64_down", { channels: 32, pixels: 0 }),
      residual("conv64_1"),
      residual("conv64_2"),
      residual("conv64_3"),
      residual("conv128_down", { channels: 64, pixels: 0 }),
      residual("conv128_1"),
      residual("conv128_2"),
      residual("conv256_down", { channels: 128, pixels: 1 }),
      residual("conv256_1"),
      residual("conv256_2"),
      residual("conv256_down_out", { channels: 0, pixels: 1 }),
      { kind: "spatialMean" },
      { kind: "linear", weights: "fc", bias: false },
    ],
    output: { name: "embedding", dims: rows(128) },
  },
} as const satisfies Readonly<Record<string, Network>>;

/** The name of a network. */
export type NetworkName = keyof typeof networks;
