import { describe, expect, test } from "@jest/globals";
import { isUsable, releaseOf, wantedRelease } from "./release.ts";

describe("the release", () => {
  test("is the one that go.mod requires", () => {
    expect(wantedRelease().version).toMatch(/^v4\.\d+\.\d+$/);
  });

  test("has another key whenever anything it is built from changes", () => {
    const goMod = "require helm.sh/helm/v4 v4.1.0\n";
    expect(releaseOf(goMod).key).not.toBe(releaseOf(`${goMod}require golang.org/x/net v0.1.0\n`).key);
  });

  test("cannot be read from a go.mod without Helm", () => {
    expect(() => releaseOf("module a\n")).toThrow(/requires no version of helm/);
  });
});

test.each([
  ["v3.18.4+gd80839c", true],
  ["v3.8.0", true],
  ["v3.7.2", false],
  ["v4.1.0", true],
  ["v4.3", true],
  ["v2.17.0", false],
  ["not a version", false],
])("a Helm that calls itself %s can render the chart: %s", (output, usable) => {
  expect(isUsable(output)).toBe(usable);
});
