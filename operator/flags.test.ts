import { describe, expect, test } from "@jest/globals";
import { parseOperatorFlags } from "./flags.ts";
import { BadFlag } from "./kit/flags.ts";

const enough = ["--namespace=doors", "--runtime-image=facefleet:1"];

test("two flags are enough to start the operator", () => {
  expect(parseOperatorFlags(enough, "host-1")).toMatchObject({
    namespace: "doors",
    identity: "host-1",
    healthPort: 8081,
    leaderElect: false,
    settings: { runtimeImage: "facefleet:1", awayAfter: 60_000, evidenceInterval: "30s" },
  });
});

test("--help asks for nothing else", () => {
  expect(parseOperatorFlags(["--help"], "host-1")).toBe("help");
});

describe("a flag is refused by its name, its value and the remedy", () => {
  test.each([
    [["--runtime-image=x"], "--namespace is missing: give the namespace of the FaceModels"],
    [["--namespace=doors"], "--runtime-image is missing: give the image"],
    [[...enough, "--health-port=http"], "--health-port=http is no port: give 0 to 65535"],
    [[...enough, "--log-level=loud"], "--log-level=loud is unknown: give one of trace"],
    [[...enough, "--away-after=soon"], '--away-after="soon" is no duration: write 250ms'],
    [[...enough, "--away-after=0s"], "--away-after=0s is no time at all: give at least 1ms"],
    [[...enough, "--store-path=store"], "--store-path=store is no absolute path: begin it with /"],
    [[...enough, "--host-root=./host"], "--host-root=./host is no absolute path: begin it with /"],
    [[...enough, "--unknown"], "--unknown"],
  ])("%j", (args, message) => {
    expect(() => parseOperatorFlags(args, "host-1")).toThrow(BadFlag);
    expect(() => parseOperatorFlags(args, "host-1")).toThrow(message);
  });
});
