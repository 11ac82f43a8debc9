import { expect, test } from "@jest/globals";
import { shouldRestart } from "./restart.ts";

test.each([
  ["Always", 0, "container", true],
  ["Always", 1, "container", true],
  [undefined, 0, "container", true],
  ["OnFailure", 0, "container", false],
  ["OnFailure", 1, "container", true],
  ["Never", 0, "container", false],
  ["Never", 1, "container", false],
  ["Always", 0, "init", false],
  ["Always", 1, "init", true],
  ["OnFailure", 1, "init", true],
  ["Never", 1, "init", false],
] as const)("under %s, exit code %d of a %s: run again is %s", (policy, exitCode, kind, expected) => {
  expect(shouldRestart(policy, exitCode, kind)).toBe(expected);
});
