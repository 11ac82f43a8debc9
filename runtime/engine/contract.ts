import type { Network } from "../../crds/network.ts";
import { inputDims } from "../faces/pack.ts";
import { pixelFormatOf } from "../faces/recipe.ts";
import type { Session, TensorInfo } from "./backend.ts";
import { EngineError } from "./errors.ts";

/**
 * Holds a model to what its FaceModel says of it, before anything is computed with it: its input by name, type and
 * size, and every tensor that an output names.
 *
 * @throws EngineError ModelRefused that names the field, what the model has, and so what to write.
 */
export function requireContract(network: Network, { inputs, outputs }: Pick<Session, "inputs" | "outputs">): void {
  const input = inputs.find(({ name }) => name === network.input.name);
  if (input === undefined || inputs.length !== 1) {
    throw refused(network, `input.name is ${network.input.name}, the model's inputs are ${namesOf(inputs)}`);
  }
  requireFloat(network, input);
  const wanted = inputDims(pixelFormatOf(network));
  if (!fits(input.dims, wanted)) {
    const dims = `[${input.dims.join(", ")}]`;
    throw refused(network, `input (layout, width, height) gives [${wanted.join(", ")}], the model takes ${dims}`);
  }
  for (const name of network.outputs.flatMap(({ tensors }) => tensors)) {
    const output = outputs.find((candidate) => candidate.name === name);
    if (output === undefined) {
      throw refused(network, `outputs[].tensors names ${name}, the model's outputs are ${namesOf(outputs)}`);
    }
    requireFloat(network, output);
  }
}

function requireFloat(network: Network, { name, type }: TensorInfo): void {
  if (type !== "float32") throw refused(network, `tensor ${name} is of type ${type}: export the model with float32`);
}

/** A dimension that the model leaves open, as a name or a number below 1, takes any size. */
function fits(dims: TensorInfo["dims"], wanted: readonly number[]): boolean {
  return (
    dims.length === wanted.length && dims.every((dim, k) => typeof dim === "string" || dim < 1 || dim === wanted[k])
  );
}

function namesOf(tensors: readonly TensorInfo[]): string {
  return tensors.map(({ name }) => name).join(", ");
}

function refused({ name }: Network, problem: string): EngineError {
  return new EngineError("ModelRefused", `network ${name}: ${problem}`);
}
