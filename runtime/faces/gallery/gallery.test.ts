import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { cosine, distances } from "../distance.ts";
import { probabilitiesOf, softmax } from "../softmax.ts";
import { decodeGallery, encodeGallery } from "./encode.ts";
import { makeGallery } from "./gallery.ts";
import { parseGalleryKey } from "./key.ts";
import { matchFace } from "./match.ts";
import { seal, unseal } from "./seal.ts";

const vector = (...numbers: number[]) => Float32Array.from(numbers);
const gallery = makeGallery([
  { person: "p-1", templates: [vector(0, 0), vector(10, 0)] },
  { person: "p-2", templates: [vector(0, 4)] },
  { person: "nobody", templates: [] },
]);
const rule = { metric: "L2", threshold: 1 } as const;

describe("a face", () => {
  test.each([
    [
      "is the person whose closest template is closest",
      vector(9.5, 0),
      { person: "p-1", nearest: "p-1", distance: 0.5 },
    ],
    ["beyond the threshold is nobody, though someone is nearest", vector(0, 2.5), { nearest: "p-2", distance: 1.5 }],
    ["exactly at the threshold is the person", vector(0, 3), { person: "p-2", nearest: "p-2", distance: 1 }],
  ])("%s", (_, embedding, wanted) => {
    const match = matchFace(embedding, gallery, rule)!;
    const { margin, ...rest } = match;
    expect(rest).toEqual(wanted);
    expect(margin).toBeGreaterThan(0);
  });

  test("is as sure as the second person is far", () => {
    expect(matchFace(vector(0, 1), gallery, rule)!.margin).toBe(2);
    const alone = makeGallery([{ person: "p-1", templates: [vector(1)] }]);
    expect(matchFace(vector(1), alone, rule)!.margin).toBe(Infinity);
  });

  test("matches nobody in an empty gallery", () => {
    expect(matchFace(vector(1), makeGallery([]), rule)).toBeUndefined();
  });

  test("of other engines is refused rather than compared", () => {
    expect(() => matchFace(vector(1, 2, 3), gallery, rule)).toThrow("embed them anew");
    expect(() => makeGallery([{ person: "p", templates: [vector(1), vector(1, 2)] }])).toThrow("one gallery");
  });
});

test("distances are those of Euclid and of the angle", () => {
  expect(distances.L2(vector(1, 2), vector(9, 9, 4, 6), 2)).toBe(5);
  expect(distances.Cosine(vector(1, 0), vector(0, 3), 0)).toBe(1);
  expect(distances.Cosine(vector(1, 1), vector(-2, -2), 0)).toBeCloseTo(2, 6);
  expect(cosine(vector(0, 0), vector(1, 0))).toBe(0);
});

test("probabilities sum to one, whether logits or probabilities come", () => {
  const logits = fc.array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 2, maxLength: 9 });
  fc.assert(
    fc.property(logits, (values) => {
      const probabilities = softmax(Float32Array.from(values));
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect([...probabilitiesOf(probabilities)]).toEqual([...probabilities]);
    }),
  );
  expect([...probabilitiesOf(vector(0, 0))]).toEqual([0.5, 0.5]);
});

test("a gallery comes back from its bytes", () => {
  const template = fc.float32Array({ minLength: 3, maxLength: 3, noNaN: true });
  const people = fc.array(fc.array(template, { maxLength: 3 }), { maxLength: 5 });
  fc.assert(
    fc.property(people, (templates) => {
      const made = makeGallery(templates.map((own, k) => ({ person: `p-${k}`, templates: own })));
      expect(decodeGallery(encodeGallery(made))).toEqual(made);
    }),
  );
  const bytes = encodeGallery(gallery);
  expect(() => decodeGallery(bytes.subarray(0, bytes.length - 1))).toThrow("do not fit their header");
});

describe("a sealed gallery", () => {
  const key = parseGalleryKey(randomBytes(32));
  const context = { gallery: "staff", version: "v1", revision: "r1" };
  const content = Buffer.from("templates of people");

  test("opens with its key for what it was sealed for", () => {
    expect(unseal(seal(content, key, context), key, context)).toEqual(content);
  });

  test("never looks the same twice and shows nothing", () => {
    const [first, second] = [seal(content, key, context), seal(content, key, context)];
    expect(first.equals(second)).toBe(false);
    expect(first.includes(content.subarray(0, 9))).toBe(false);
  });

  test("does not open when any bit of it is changed", () => {
    const sealed = seal(content, key, context);
    fc.assert(
      fc.property(fc.nat(8 * sealed.length - 1), (bit) => {
        const altered = Buffer.from(sealed);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => unseal(altered, key, context)).toThrow("does not open");
      }),
    );
  });

  test.each([
    ["another key", () => unseal(seal(content, key, context), parseGalleryKey(randomBytes(32)), context), "WrongKey"],
    ["another gallery", () => unseal(seal(content, key, context), key, { ...context, gallery: "guests" }), "Damaged"],
    ["another version", () => unseal(seal(content, key, context), key, { ...context, version: "v2" }), "Damaged"],
    ["another revision", () => unseal(seal(content, key, context), key, { ...context, revision: "r2" }), "Damaged"],
    ["half of it", () => unseal(seal(content, key, context).subarray(0, 30), key, context), "Damaged"],
    ["something else", () => unseal(Buffer.alloc(100), key, context), "Damaged"],
  ])("does not open with %s", (_, open, reason) => {
    expect(open).toThrow(expect.objectContaining({ name: "SealBroken", reason }));
  });
});

describe("a gallery key", () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, k) => k + 1));

  test("is the same in all its forms", () => {
    const hex = bytes.toString("hex");
    const forms = [
      bytes,
      hex,
      `${hex}\n`,
      hex.toUpperCase(),
      bytes.toString("base64"),
      `${bytes.toString("base64")}\n`,
    ];
    const ids = forms.map((form) => parseGalleryKey(Buffer.from(form)).id);
    expect(new Set(ids).size).toBe(1);
    expect(hex).not.toContain(ids[0]);
  });

  test.each([
    ["nothing", ""],
    ["too few bytes", "short"],
    ["63 digits", "a".repeat(63)],
    ["a password of another length", "correct horse battery staple and more"],
  ])("is refused when it is %s, without being repeated", (_, content) => {
    const parse = () => parseGalleryKey(Buffer.from(content));
    expect(parse).toThrow("openssl rand -hex 32");
    if (content !== "") expect(parse).not.toThrow(content);
  });
});
