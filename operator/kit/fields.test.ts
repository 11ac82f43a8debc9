import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { coversOwned, isEqual, isSatisfied, type Json, project } from "./fields.ts";
import type { FieldsV1 } from "./object.ts";

const CONTAINERS_BY_NAME: FieldsV1 = {
  "f:containers": { 'k:{"name":"main"}': { ".": {}, "f:name": {}, "f:image": {} } },
};

describe("what is wanted is satisfied by what is there", () => {
  test.each<[string, Json, Json, boolean]>([
    ["when it is the same", { a: 1 }, { a: 1 }, true],
    ["when there is more", { a: 1 }, { a: 1, b: 2 }, true],
    ["unless a value differs", { a: 1 }, { a: 2 }, false],
    ["unless a field is missing", { a: { b: 1 } }, { a: {} }, false],
    ["unless it is of another type", { a: { b: 1 } }, { a: "b" }, false],
    ["when list items carry defaults", { a: [{ x: 1 }] }, { a: [{ x: 1, y: 2 }] }, true],
    ["unless a list is longer", { a: [1] }, { a: [1, 2] }, false],
    ["unless a list is in another order", { a: [1, 2] }, { a: [2, 1] }, false],
    ["unless an empty list is missing", { a: [] }, {}, false],
    ["when null is null", { a: null }, { a: null }, true],
  ])("%s", (_story, desired, live, expected) => expect(isSatisfied(desired, live)).toBe(expected));

  test("when its list items are found by key among others", () => {
    const desired = { containers: [{ name: "main", image: "a" }] };
    const live = {
      containers: [
        { name: "injected", image: "z" },
        { name: "main", image: "a", policy: "Always" },
      ],
    };
    expect(isSatisfied(desired, live, CONTAINERS_BY_NAME)).toBe(true);
    expect(isSatisfied({ containers: [{ name: "main", image: "b" }] }, live, CONTAINERS_BY_NAME)).toBe(false);
  });

  test("not when a list item wanted is new to us", () => {
    const desired = {
      containers: [
        { name: "main", image: "a" },
        { name: "side", image: "b" },
      ],
    };
    const live = {
      containers: [
        { name: "main", image: "a" },
        { name: "side", image: "b" },
      ],
    };
    expect(isSatisfied(desired, live, CONTAINERS_BY_NAME)).toBe(false);
  });

  test("when a key has a part that the server fills in", () => {
    const owned: FieldsV1 = {
      "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
    };
    const live = { ports: [{ containerPort: 80, protocol: "TCP" }] };
    expect(isSatisfied({ ports: [{ containerPort: 80 }] }, live, owned)).toBe(true);
  });
});

describe("what we own is covered by what is wanted", () => {
  test.each<[string, FieldsV1, Json, boolean]>([
    ["when all of it is", { "f:a": {}, "f:b": { "f:c": {} } }, { a: 1, b: { c: 2, d: 3 } }, true],
    ["unless a field is not wanted any more", { "f:a": {}, "f:b": {} }, { a: 1 }, false],
    ["unless a field within is not", { "f:b": { "f:c": {}, "f:d": {} } }, { b: { c: 1 } }, false],
    ["unless a list item is not", { "f:l": { 'k:{"name":"x"}': {} } }, { l: [{ name: "y" }] }, false],
    [
      "unless a field of a list item is not",
      { "f:l": { 'k:{"name":"x"}': { "f:v": {} } } },
      { l: [{ name: "x" }] },
      false,
    ],
    ["when a list item is", { "f:l": { 'k:{"name":"x"}': { ".": {}, "f:name": {} } } }, { l: [{ name: "x" }] }, true],
    ["when a set member is", { "f:s": { 'v:"x"': {} } }, { s: ["y", "x"] }, true],
    ["unless a set member is not", { "f:s": { 'v:"x"': {} } }, { s: ["y"] }, false],
    ["unless a place in a list is gone", { "f:l": { "i:1": {} } }, { l: ["a"] }, false],
    ["unless the list is gone", { "f:l": { "i:0": {} } }, {}, false],
  ])("%s", (_story, owned, desired, expected) => expect(coversOwned(owned, desired)).toBe(expected));
});

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

test("anything satisfies itself, equals itself, and is its own projection", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect([isSatisfied(value, value), isEqual(value, structuredClone(value))]).toEqual([true, true]);
      expect(isEqual(project(value, value), value)).toBe(true);
    }),
  );
});

test("what is satisfied stays so when the server adds fields, and its projection does not change", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), json, (desired, more) => {
      const live = { "\0added": more, ...desired };
      expect(isSatisfied(desired, live)).toBe(true);
      expect(isEqual(project(desired, live), project(desired, desired))).toBe(true);
    }),
  );
});

test("two values are equal exactly when each satisfies the other", () => {
  fc.assert(fc.property(json, json, (a, b) => expect(isEqual(a, b)).toBe(isSatisfied(a, b) && isSatisfied(b, a))));
});
