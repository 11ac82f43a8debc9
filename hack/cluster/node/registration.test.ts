import { expect, test } from "@jest/globals";
import type { NodeConfiguration } from "./configuration.ts";
import { nodeObject, thisMachine } from "./registration.ts";
import { type DeviceName, deviceNames } from "./simulated-orin/devices.ts";

const machine = { ...thisMachine(), cpuCores: 2, memoryBytes: 4 * 2 ** 30, architecture: "arm64" };

function node(more: Partial<NodeConfiguration>) {
  const configuration = {
    name: "n",
    bootID: "b",
    address: "127.1.1.1",
    labels: {},
    taints: [],
    kubernetesVersion: "v1.36.3",
  };
  return nodeObject({ ...configuration, ...more } as NodeConfiguration, machine, "2026-01-01T00:00:00Z");
}

test("a node without a device has what the machine has", () => {
  const { status, metadata } = node({});
  expect(status?.allocatable).toMatchObject({ cpu: "2", memory: "4194304Ki" });
  expect(status?.allocatable).not.toHaveProperty("nvidia.com/gpu");
  expect(metadata.labels).not.toHaveProperty("facefleet.dev/simulated");
});

test.each(deviceNames)(
  "%s has the device's capacity and one GPU, says that it is simulated, and keeps its real architecture",
  (device) => {
    const { status, metadata } = node({ device });
    const memory: Record<DeviceName, string> = { "orin-nano": "7620Mi", "orin-nx": "15656Mi", "agx-orin": "62841Mi" };
    expect(status?.capacity).toMatchObject({ memory: memory[device], "nvidia.com/gpu": "1" });
    expect(metadata.labels).toMatchObject({
      "kubernetes.io/arch": "arm64",
      "nvidia.com/gpu.product": "Orin",
      "nvidia.com/gpu.compute.major": "8",
      "nvidia.com/gpu.compute.minor": "7",
      "facefleet.dev/simulated": "true",
    });
  },
);

test("the owner's labels and taints are there, and the labels win", () => {
  const taints = [{ key: "edge", effect: "NoSchedule" }];
  const { metadata, spec } = node({ device: "orin-nano", labels: { "nvidia.com/gpu.product": "Other" }, taints });
  expect(metadata.labels?.["nvidia.com/gpu.product"]).toBe("Other");
  expect(spec?.taints).toEqual(taints);
});
