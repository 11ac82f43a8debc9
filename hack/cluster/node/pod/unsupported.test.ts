import { expect, test } from "@jest/globals";
import { unsupportedFeature } from "./unsupported.ts";

test.each([
  ["a sidecar", { restartPolicy: "Always" }, "sidecars"],
  ["a gRPC probe", { livenessProbe: { grpc: { port: 1 } } }, "grpc probes"],
  ["a block device", { volumeDevices: [{ name: "d", devicePath: "/dev/d" }] }, "volumeDevices"],
  ["a postStart hook", { lifecycle: { postStart: {} } }, "lifecycle.postStart"],
])("%s is refused by name", (_, fields, feature) => {
  expect(unsupportedFeature({ name: "main", ...fields })).toContain(feature);
});

test("a container as the runtime has it is not refused", () => {
  const readinessProbe = { httpGet: { port: 80 } };
  expect(
    unsupportedFeature({ name: "main", readinessProbe, lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
  ).toBeUndefined();
});
