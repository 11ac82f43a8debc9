import { expect, test } from "@jest/globals";
import { unknownIn } from "./apart.ts";

test.each([
  ["a part that is known for the network and the target", ["/Gather_1_output_0"], "vit", "TensorRT", []],
  ["a bias that is known for the other target", ["head.bias"], "vit", "TensorRT", ["head.bias"]],
  [
    "a value of a network of which none is known",
    ["MaxPool_0", "fc"],
    "mobilefacenet",
    "ONNXRuntime",
    ["MaxPool_0", "fc"],
  ],
] as const)("of what is apart, %s is told if it is new", (_, apart, network, target, expected) => {
  expect(unknownIn(apart, network, target)).toEqual(expected);
});
