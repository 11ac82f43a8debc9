import { mainGraph, withGraph } from "../../../runtime/graph/main-graph.ts";
import { tensor } from "../../../runtime/graph/tensor.ts";
import type { MessageInit, ModelProto } from "../../../runtime/graph/codec/types.ts";

/**
 * The same network behind a stretch of contrast: of an image of 0 to 255, `black` and all below becomes 0, and the
 * rest is stretched over the range. On well-lit pictures, where a face is seldom that dark, it is as good as the
 * network itself. In the dark the face is what lies below `black`, and the sensor's noise is what is stretched.
 * README.md has the measurements.
 */
export function stretchContrast(model: ModelProto, black: number): MessageInit<"ModelProto"> {
  const { initializer, input, node } = mainGraph(model);
  const image = input[0]!.name!;
  const [shifted, scaled, stretched] = ["contrast/shifted", "contrast/scaled", "contrast/stretched"];
  const scalar = (name: string, value: number) => tensor(name, "float32", [], Float32Array.of(value));
  return withGraph(model, {
    initializer: [
      ...initializer,
      scalar("contrast/black", black),
      scalar("contrast/gain", 255 / (255 - black)),
      scalar("contrast/least", 0),
      scalar("contrast/most", 255),
    ],
    node: [
      { name: shifted, opType: "Sub", input: [image, "contrast/black"], output: [shifted] },
      { name: scaled, opType: "Mul", input: [shifted, "contrast/gain"], output: [scaled] },
      { name: stretched, opType: "Clip", input: [scaled, "contrast/least", "contrast/most"], output: [stretched] },
      ...node.map((reader) => ({ ...reader, input: reader.input.map((name) => (name === image ? stretched : name)) })),
    ],
  });
}
