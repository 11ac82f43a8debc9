import { expect, test } from "@jest/globals";
import { minorVersion, releaseOf, wantedRelease } from "./release.ts";

const goMod = `module x

require (
	go.etcd.io/etcd/server/v3 v3.6.1
	k8s.io/kubernetes v1.36.9
)
`;

test("a release is what go.mod requires, and its key changes with anything in go.mod", () => {
  expect(releaseOf(goMod)).toMatchObject({ kubernetes: "v1.36.9", etcd: "v3.6.1" });
  expect(releaseOf(goMod).key).toMatch(/^v1\.36\.9-[0-9a-f]{12}$/);
  expect(releaseOf(`${goMod}\n`).key).not.toBe(releaseOf(goMod).key);
});

test("a go.mod without a version says so", () => {
  expect(() => releaseOf("module x")).toThrow("requires no version of k8s.io/kubernetes");
});

test("this checkout asks for Kubernetes 1.36", () => {
  expect(minorVersion(wantedRelease().kubernetes)).toBe("1.36");
});

test.each([
  ["Kubernetes v1.36.3", "1.36"],
  ["etcd Version: 3.6.16\nGit SHA: abcdef", "3.6"],
  ["Client Version: v1.32.4-dispatcher", "1.32"],
  ["Client Version: v1.36.0\nKustomize Version: v5.5.0", "1.36"],
  ["no version", undefined],
])("%j is of version %s", (text, expected) => {
  expect(minorVersion(text)).toBe(expected);
});
