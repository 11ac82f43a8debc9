import { expect, test } from "@jest/globals";
import { Network } from "../../crds/network.ts";
import { engineKey, type EngineFacts } from "./key.ts";

const network = Network.parse({
  name: "recognizer",
  source: { uri: "https://models.example/a.onnx", digest: `sha256:${"a".repeat(64)}` },
  input: { name: "image", width: 112, height: 112 },
  crop: { type: "BoundingBox", margin: "0.1" },
  outputs: [{ name: "who", tensors: ["out"], role: "Embedding", metric: "L2", threshold: "0.45" }],
});

const facts: EngineFacts = {
  networks: [network],
  precision: "INT8",
  calibration: `sha256:${"c".repeat(64)}`,
  reducer: 1,
  backend: { name: "ONNXRuntime", version: "1.30.0" },
  hardware: {
    module: "NVIDIA Jetson AGX Orin Developer Kit",
    architecture: "arm64",
    l4t: "r36.4.4",
    tensorrt: "10.3.0.30",
    computeCapability: "8.7",
    powerMode: "MAXN",
    memoryBytes: 1,
    onnxruntime: "1.30.0",
  },
};

const withNetwork = (changes: Partial<Network>) => ({ networks: [{ ...network, ...changes }] });
const withHardware = (changes: EngineFacts["hardware"]) => ({ hardware: { ...facts.hardware, ...changes } });

test("a key is short and fits a folder's name", () => {
  expect(engineKey(facts)).toMatch(/^[0-9a-f]{24}$/);
});

test.each<[string, Partial<EngineFacts>]>([
  ["the digest of a model", withNetwork({ source: { ...network.source, digest: `sha256:${"b".repeat(64)}` } })],
  ["how its input is made", withNetwork({ input: { ...network.input, color: "BGR" } })],
  ["its crop", withNetwork({ crop: { type: "BoundingBox", margin: "0.2" } })],
  ["a threshold", withNetwork({ outputs: [{ ...network.outputs[0]!, threshold: "0.5" }] })],
  ["another network beside it", { networks: [network, { ...network, name: "other" }] }],
  ["the precision", { precision: "FP32" }],
  ["the calibration set", { calibration: `sha256:${"d".repeat(64)}` }],
  ["the revision of what reduced its models", { reducer: 2 }],
  ["the backend", { backend: { name: "TensorRT", version: "1.30.0" } }],
  ["its version", { backend: { name: "ONNXRuntime", version: "1.31.0" } }],
  ["the module", withHardware({ module: "NVIDIA Jetson Orin NX" })],
  ["the processor", withHardware({ architecture: "x64" })],
  ["L4T", withHardware({ l4t: "r36.5.0" })],
  ["TensorRT", withHardware({ tensorrt: "10.16.1.11" })],
  ["the compute capability", withHardware({ computeCapability: "7.2" })],
  ["the power mode", withHardware({ powerMode: "MODE_15W" })],
])("another key comes with another value of: %s", (_, changes) => {
  expect(engineKey({ ...facts, ...changes })).not.toBe(engineKey(facts));
});

test.each<[string, Partial<EngineFacts>]>([
  ["where a model was pulled from", withNetwork({ source: { ...network.source, uri: "file:///a.onnx" } })],
  ["the memory of the node", withHardware({ memoryBytes: 2 })],
  ["the order of fields", { hardware: Object.fromEntries(Object.entries(facts.hardware).reverse()) }],
])("the same key comes with another value of: %s", (_, changes) => {
  expect(engineKey({ ...facts, ...changes })).toBe(engineKey(facts));
});
