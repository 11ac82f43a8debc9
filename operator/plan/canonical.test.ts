import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalJson, fingerprint } from "./canonical.ts";

describe("canonical JSON", () => {
  test("reads back as the value, without what is undefined", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: undefined, a: [undefined, 1] })).toBe('{"a":[null,1]}');
  });

  test("is the same for fields in any order", () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(value, (fields) => {
        expect(canonicalJson(Object.fromEntries(Object.entries(fields).toReversed()))).toBe(canonicalJson(fields));
      }),
    );
  });
});

test("a fingerprint has the length asked for", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 32 }), (value, length) => {
      expect(fingerprint(value, length)).toMatch(new RegExp(`^[0-9a-z]{${length}}$`));
    }),
  );
});
