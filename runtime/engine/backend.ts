import type { Hardware } from "../../crds/enginebuild.ts";
import type { Engine } from "../../crds/network.ts";
import type { Tensor } from "../faces/decode/tensor.ts";
import { EngineError } from "./errors.ts";
import type { VerifiedEngine } from "./load.ts";

/** Name, dimensions and type of an input or output; a dimension that is not fixed is a name, or -1. */
export interface TensorInfo {
  readonly name: string;
  readonly dims: readonly (number | string)[];
  readonly type: string;
}

/** An engine that is open. One inference at a time; `run` may block the thread it is called on. */
export interface Session extends AsyncDisposable {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Sets the one input that all runs read: `data` may be written between runs. */
  bind(input: string, data: Float32Array, dims: readonly number[]): void;
  /** Infers from what the bound input holds. Gives the outputs asked for, in their order. */
  run(outputs: readonly string[]): Promise<Tensor[]>;
}

/** What a build is given. */
export interface BuildOptions {
  readonly network: string;
  readonly precision: "FP32" | "FP16" | "INT8";
  /** Folder that the engine is written to. */
  readonly directory: string;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** What runs engines. TensorRT joins as another one: key, manifest and hardware facts already carry what it needs. */
export interface Backend {
  readonly name: "TensorRT" | "ONNXRuntime";
  readonly version: string;
  /** Whether it runs on this hardware. */
  supports(hardware: Hardware): boolean;
  /**
   * Builds an ONNX file into an engine.
   * @returns the file's name in `directory`.
   * @throws EngineError ModelRefused; PrecisionUnsupported for a precision that the engine would not have.
   */
  build(model: string, options: BuildOptions): Promise<string>;
  /** Opens a built engine. @throws EngineError ModelRefused */
  open(engine: Pick<VerifiedEngine, "network" | "path" | "content">, threads: number): Promise<Session>;
  /** Opens an ONNX file as it is, without any optimization: what an engine is compared with. */
  openOriginal(engine: Pick<VerifiedEngine, "network" | "path" | "content">, threads: number): Promise<Session>;
}

/** A backend and, when it is not what one would expect, why. */
export interface Choice {
  readonly backend: Backend;
  readonly note?: string;
}

/**
 * The backend for what `spec.engine.backend` wants: Auto takes the first of `backends` that runs on the hardware, and says
 * so when the node has TensorRT but no backend here uses it.
 *
 * @throws EngineError BackendUnavailable when a backend asked for by name is not in this build or not for this hardware.
 */
export function chooseBackend(wanted: Engine["backend"], hardware: Hardware, backends: readonly Backend[]): Choice {
  const usable = backends.filter((backend) => backend.supports(hardware));
  const backend = wanted === "Auto" ? usable[0] : usable.find(({ name }) => name === wanted);
  if (backend === undefined) {
    const names = usable.map(({ name }) => name).join(", ");
    const problem = `spec.engine.backend ${wanted} is not available on this node by this build`;
    throw new EngineError("BackendUnavailable", `${problem}: use Auto or one of ${names === "" ? "none" : names}`);
  }
  if (wanted !== "Auto" || backend.name === "TensorRT" || hardware.tensorrt === undefined) return { backend };
  return {
    backend,
    note: `the node has TensorRT ${hardware.tensorrt}, which this build has no backend for: ${backend.name} runs on its CPU`,
  };
}
