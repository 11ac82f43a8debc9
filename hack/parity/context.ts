import type { Row } from "./row.ts";

/** Names of the networks that PyTorch writes (models/networks.py). */
export type BackboneName = "resnet18" | "resnet50" | "iresnet50" | "mobilefacenet" | "efficientnet-b0" | "vit";

/** One network as PyTorch exports it, with random weights that are the same in each of its forms. */
export interface ExportedModel {
  readonly backbone: BackboneName;
  /**
   * `folded`: for inference, BatchNormalization folded into the convolutions where that is possible. `normalized`:
   * each BatchNormalization is a node of its own and initializers have PyTorch's names for parameters. A ViT has no
   * BatchNormalization: its forms differ only in the names.
   */
  readonly form: "folded" | "normalized";
  readonly opset: number;
  /** The .onnx file: input `image`, float32 [N, 3, side, side]; output `output`, float32 [N, width]. */
  readonly path: string;
}

/** What PyTorch computes with a network of the same weights. */
export interface Reference {
  readonly backbone: BackboneName;
  /**
   * A safetensors file of float32, to be read with `readSafetensors`:
   * - `image` [4, 3, side, side], `output` [4, width] in evaluation mode;
   * - `direction` [4, width]: the loss is the sum of direction * output;
   * - `gradient.<parameter>`: of that loss in evaluation mode (running statistics) for each parameter;
   * - `training.output`, `training.gradient.<parameter>`: the same in training mode (statistics of the batch, dropout
   *   off), for networks with BatchNormalization.
   * Parameters are named as in the `normalized` models.
   */
  readonly path: string;
}

/** What a check is given. */
export interface Context {
  readonly models: readonly ExportedModel[];
  readonly references: readonly Reference[];
  /** Every network of the face-api package that hack/models converts, as .onnx files. */
  readonly faceModels: readonly { readonly name: string; readonly path: string }[];
  /** Face detectors that people deploy (detectors.ts), as .onnx files. */
  readonly detectors: readonly { readonly name: string; readonly path: string }[];
  /** An empty folder of this check alone; removed afterwards. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Tells who waits what is being done. */
  readonly progress: (what: string) => void;
  /**
   * Runs a Python script (an absolute path) in the virtual environment with torch, onnx and onnxruntime: JSON in on
   * its standard input, JSON out on its standard output. What it prints on standard error is progress.
   * @throws {PythonError} with the end of what it printed, if it exits non-zero or prints no JSON.
   */
  readonly python: (script: string, input: unknown) => Promise<unknown>;
}

/** A file of hack/parity/checks, named after its topic. */
export interface Check {
  /** Rows as they are found; at least one. */
  readonly rows: (context: Context) => AsyncIterable<Row>;
}
