import { describe, expect, test } from "@jest/globals";
import type { Pod } from "../../api/wire.ts";
import { fieldValue, resourceValue } from "./downward.ts";

const pod: Pod = {
  metadata: {
    name: "runtime-0",
    namespace: "lab",
    uid: "u1",
    labels: { site: "north", "facefleet.dev/wave": "1" },
    annotations: { note: 'a "quoted"\nnote' },
  },
  spec: {
    nodeName: "orin-1",
    serviceAccountName: "runtime",
    containers: [
      { name: "main", resources: { limits: { memory: "100Mi", cpu: "250m" }, requests: { memory: "50Mi" } } },
      { name: "side" },
    ],
  },
};
const placement = { podIP: "127.1.1.2", hostIP: "127.1.1.1", allocatable: { cpu: "6", memory: "7620Mi" } };

test.each([
  ["metadata.name", "runtime-0"],
  ["metadata.namespace", "lab"],
  ["metadata.uid", "u1"],
  ["metadata.labels['facefleet.dev/wave']", "1"],
  ["metadata.labels['missing']", ""],
  ["metadata.labels", 'facefleet.dev/wave="1"\nsite="north"'],
  ["metadata.annotations", 'note="a \\"quoted\\"\\nnote"'],
  ["spec.nodeName", "orin-1"],
  ["spec.serviceAccountName", "runtime"],
  ["status.podIP", "127.1.1.2"],
  ["status.hostIP", "127.1.1.1"],
  ["status.phase", undefined],
])("the field %s is %j", (fieldPath, expected) => {
  expect(fieldValue({ fieldPath }, pod, placement)).toBe(expected);
});

describe("a resource field", () => {
  test.each([
    ["a limit", { resource: "limits.memory" }, "104857600"],
    ["in units of a divisor", { resource: "limits.memory", divisor: "1Mi" }, "100"],
    ["rounded up", { resource: "limits.cpu" }, "1"],
    ["in thousandths", { resource: "limits.cpu", divisor: "1m" }, "250"],
    ["a request", { resource: "requests.memory", divisor: "1Mi" }, "50"],
    ["of another container, for which the node is the limit", { containerName: "side", resource: "limits.cpu" }, "6"],
    ["of a container that is not there", { containerName: "nobody", resource: "limits.cpu" }, undefined],
  ])("is %s", (_, selector, expected) => {
    expect(resourceValue(selector, pod, placement, pod.spec.containers[0])).toBe(expected);
  });
});
