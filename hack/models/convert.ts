import { modelOf } from "../../runtime/graph/graph.ts";
import { writeModel } from "../../runtime/graph/write.ts";
import { constant, input, type Result, type Value } from "../../runtime/graph/expression.ts";
import { divide, subtract } from "../../runtime/graph/operators.ts";
import { tensor } from "../../runtime/graph/tensor.ts";
import type { MessageInit } from "../../runtime/graph/codec/types.ts";
import { applyLayer } from "./layers.ts";
import type { Network } from "./networks.ts";
import type { Weights } from "./weights.ts";

/**
 * A network as ONNX, opset 17 (taken by ONNX Runtime from 1.12 and by TensorRT 10): input `image`, float32 RGB of
 * 0 to 255, NCHW; the mean and the division by 255 are part of the graph.
 */
export function convert(name: string, network: Network, weights: Weights): MessageInit<"ModelProto"> {
  const image = input("image", "float32", network.image);
  const mean = constant(tensor("mean", "float32", [1, 3, 1, 1], Float32Array.from(network.mean)));
  const range = constant(tensor("range", "float32", [], Float32Array.of(255)));
  const centered: Value = divide(subtract(image, mean), range);
  const value = network.layers.reduce<Value>((x, layer) => applyLayer(layer, x, weights), centered) as Result;
  const graph = { name, inputs: [image], outputs: [{ ...network.output, value, type: "float32" }] } as const;
  return writeModel(
    modelOf(graph, { opset: 17, irVersion: 8, producer: "facefleet", metadata: { source: sourceOf(network) } }),
  );
}

const sourceOf = ({ weights }: Network): string => `npm @vladmandic/face-api, ${weights}`;
