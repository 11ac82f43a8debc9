/** What a row was read from. */
export interface Source {
  readonly title: string;
  readonly url: string;
}

const repository = "https://github.com/onnx/onnx-tensorrt";

/** All that the rows of this folder were read from. */
export const sources = {
  operators9: {
    title: "onnx-tensorrt operators.md of TensorRT 9.2, and its changelog from 10.0 to 10.3",
    url: `${repository}/blob/release/9.2-GA/docs/operators.md`,
  },
  opsets10: {
    title: "onnx-tensorrt operators.md of TensorRT 10.0, its first lines: opset 9 to 20",
    url: `${repository}/blob/release/10.0-GA/docs/operators.md`,
  },
  operators10: {
    title: "onnx-tensorrt operators.md of TensorRT 10.15",
    url: `${repository}/blob/release/10.15-GA/docs/operators.md`,
  },
  operators11: {
    title: "onnx-tensorrt operators.md of TensorRT 11.2",
    url: `${repository}/blob/release/11.2-GA/docs/operators.md`,
  },
  operators8: {
    title: "onnx-tensorrt operators.md of TensorRT 8.4",
    url: `${repository}/blob/release/8.4-GA/docs/operators.md`,
  },
  changelog: {
    title: "onnx-tensorrt Changelog.md up to TensorRT 10.15",
    url: `${repository}/blob/release/10.15-GA/docs/Changelog.md`,
  },
  checkers: {
    title: "onnx-tensorrt onnxOpCheckers.cpp of TensorRT 10.6",
    url: `${repository}/blob/0137504e2b25fe5253bd85d26b073378fb67805b/onnxOpCheckers.cpp`,
  },
  importers: {
    title: "onnx-tensorrt onnxOpImporters.cpp of TensorRT 10.13 and later",
    url: `${repository}/blob/dd0a3a9f8794ae4f0316ed07ea68cda9b944bb3c/onnxOpImporters.cpp`,
  },
  helpers: {
    title: "onnx-tensorrt importerUtils.cpp of TensorRT 10.13 and later",
    url: `${repository}/blob/fa5aa9f61e7781d2ca8f5351d42c1f19525a6124/importerUtils.cpp`,
  },
  opsetGuide: {
    title: "NVIDIA TensorRT documentation, ONNX Opset Guide of 11.x",
    url: "https://docs.nvidia.com/deeplearning/tensorrt/latest/reference/onnx-opset-guide.html",
  },
  int32Bias: {
    title: "a bias as int32 fails with 'only activation types allowed as input to this layer'",
    url: "https://github.com/microsoft/onnxruntime/issues/14229",
  },
} as const satisfies Readonly<Record<string, Source>>;
