import { describe, expect, test } from "@jest/globals";
import { isOlderVersion, keyOf, parseKey } from "./object.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";

const PODS: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const NODES: Resource = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };
const THINGS: Resource = {
  group: "example.com",
  version: "v1alpha1",
  plural: "things",
  kind: "Thing",
  namespaced: true,
};

describe("the path of", () => {
  test.each([
    ["a core collection in all namespaces", pathOf(PODS), "/api/v1/pods"],
    ["a core collection in one", pathOf(PODS, { namespace: "d" }), "/api/v1/namespaces/d/pods"],
    ["a core object", pathOf(PODS, { namespace: "d", name: "a" }), "/api/v1/namespaces/d/pods/a"],
    ["an object of the cluster scope", pathOf(NODES, { name: "n" }), "/api/v1/nodes/n"],
    ["one given a namespace all the same", pathOf(NODES, { name: "n", namespace: "d" }), "/api/v1/nodes/n"],
    [
      "a subresource in a group",
      pathOf(THINGS, { namespace: "d", name: "a" }, "status"),
      "/apis/example.com/v1alpha1/namespaces/d/things/a/status",
    ],
    ["a name with a character of its own", pathOf(NODES, { name: "a/../b" }), "/api/v1/nodes/a%2F..%2Fb"],
  ])("%s", (_story, path, expected) => expect(path).toBe(expected));

  test("a namespaced object needs its namespace", () => {
    expect(() => pathOf(PODS, { name: "a" })).toThrow('pods "a": a namespace is needed');
  });
});

test("the apiVersion of an object tells the group unless it is the core", () => {
  expect([apiVersionOf(PODS), apiVersionOf(THINGS)]).toEqual(["v1", "example.com/v1alpha1"]);
});

test.each([
  ["d/a", { namespace: "d", name: "a" }],
  ["n", { name: "n" }],
])("the key %s stands for %j", (key, metadata) => {
  expect([keyOf({ metadata }), parseKey(key)]).toEqual([key, metadata]);
});

test.each([
  ["9", "10", true],
  ["10", "9", false],
  ["10", "10", false],
  ["18446744073709551615", "18446744073709551616", true],
  ["abc", "10", false],
  ["9", "", false],
])("whether version %s is older than %s: %s", (version, than, older) =>
  expect(isOlderVersion(version, than)).toBe(older),
);
