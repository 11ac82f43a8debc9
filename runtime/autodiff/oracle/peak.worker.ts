/**
 * Prints by how many MiB the memory of this process grows when it runs a forward and backward pass of a chain of 32
 * operators over 4 MiB each, in as many segments as its argument says (1: everything is kept).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../../graph/codec/encode.ts";
import { apply, input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model, type Output } from "../../graph/graph.ts";
import { reduce } from "../../graph/operators.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import { writeModel } from "../../graph/write.ts";
import { chooseCheckpoints } from "../checkpoints.ts";
import { gradients } from "../gradients.ts";

/**
 * The most memory that was resident since the last call, in MiB. Not the maximum that getrusage tells: a process begins
 * with that of the one that started it.
 */
function peak(): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  writeFileSync("/proc/self/clear_refs", "5");
  return Number(kibibytes) / 1024;
}

const ELEMENTS = 2 ** 20;
const DEPTH = 32;

const x = input("x", "float32", [ELEMENTS]);
const y = reduce(
  "Sum",
  Array.from({ length: DEPTH }).reduce<Value>((value) => apply("Sin", [value]), x),
  {
    opset: 18,
  },
);
const modelWith = (outputs: readonly Output[]): Model =>
  modelOf({ name: "chain", inputs: [x], outputs }, { opset: 18, irVersion: 8, producer: "facefleet" });
const types = inferTypes(modelWith([{ name: "y", value: y, type: "float32" }]));
const checkpoints = chooseCheckpoints(y, types, Number(process.argv[2]));
const slope = gradients({ of: y, wrt: [x], types, opset: 18, checkpoints }).get(x)!;
const model = modelWith([{ name: "d", value: reduce("Sum", slope, { opset: 18 }), type: "float32" }]);

// Without its arena and its plan ONNX Runtime takes and gives back memory as tensors come and go.
const session = await InferenceSession.create(encodeModel(writeModel(model)), {
  enableCpuMemArena: false,
  enableMemPattern: false,
  intraOpNumThreads: 1,
});
const feeds = { x: new Tensor("float32", new Float32Array(ELEMENTS).fill(0.5), [ELEMENTS]) };
peak();
const before = peak();
const { d } = await session.run(feeds);
const grown = peak() - before;
process.stdout.write(JSON.stringify({ grown, slope: (d!.data as Float32Array)[0] }));
