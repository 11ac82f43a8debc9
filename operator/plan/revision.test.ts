import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { examples } from "../../crds/examples.ts";
import { FaceModel } from "../../crds/facemodel.ts";
import { nameOf } from "./name.ts";
import { digestsOf, recipeOf, revisionOf } from "./revision.ts";

const spec = FaceModel.spec.parse(examples.FaceModel.spec);
const recipe = recipeOf(spec, undefined, "facefleet:1");
const calibration = {
  name: "set",
  source: { uri: "https://a.example.com/set.tar", digest: `sha256:${"a".repeat(64)}` },
  format: "ImageFolder",
} as const;

/** The same value with the fields of every object in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((part) => shuffled(part, random));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, part]) => [random(), key, shuffled(part, random)] as const);
  return Object.fromEntries(fields.toSorted(([a], [b]) => a - b).map(([, key, part]) => [key, part]));
}

describe("a revision's name", () => {
  test("is ten lower-case letters and digits", () => {
    expect(revisionOf(recipe)).toMatch(/^[a-z0-9]{10}$/);
  });

  test("does not depend on the order of fields", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ noNaN: true })), (numbers) => {
        const other = shuffled(recipe, () => numbers.next().value as number) as typeof recipe;
        expect(revisionOf(other)).toBe(revisionOf(recipe));
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    [
      "where a file is pulled from",
      { networks: spec.networks.map((n) => ({ ...n, source: { ...n.source, uri: "file:///x" } })) },
    ],
    ["gates", { gates: { ...spec.gates, online: { ...spec.gates.online, minSamples: 77 } } }],
    ["waves", { rollout: { ...spec.rollout, waves: spec.rollout.waves.slice(1) } }],
    ["suspension", { suspend: true }],
    ["timeouts", { timeouts: { build: "1h", load: "9m" } }],
  ])("stays when %s changes", (_, change) => {
    expect(revisionOf(recipeOf({ ...spec, ...change }, undefined, "facefleet:1"))).toBe(revisionOf(recipe));
  });

  test.each([
    ["a digest", { ...recipe, networks: recipe.networks.map((n) => ({ ...n, source: calibration.source })) }],
    ["an input", { ...recipe, networks: recipe.networks.map((n) => ({ ...n, input: { ...n.input, width: 320 } })) }],
    ["the precision", { ...recipe, precision: "INT8" as const }],
    ["the calibration set", { ...recipe, calibration }],
    ["the backend", { ...recipe, engine: { ...recipe.engine, backend: "ONNXRuntime" as const } }],
    ["the image", { ...recipe, image: "facefleet:2" }],
  ])("changes with %s", (_, other) => {
    expect(revisionOf(other)).not.toBe(revisionOf(recipe));
  });

  test("keeps to the content of the calibration set, whatever it is called", () => {
    const renamed = { ...calibration, name: "other", source: { ...calibration.source, uri: "file:///set.tar" } };
    expect(revisionOf({ ...recipe, calibration: renamed })).toBe(revisionOf({ ...recipe, calibration }));
  });

  test("comes with the digests of its networks, each once", () => {
    const twice = { ...recipe, networks: [recipe.networks[0]!, recipe.networks[0]!] };
    expect(digestsOf(twice)).toEqual([recipe.networks[0]!.source.digest]);
  });
});

describe("a name", () => {
  const part = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$/);
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });

  test("fits a label, and different parts never share one", () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(nameOf(...a)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        if (a.join("-") !== b.join("-")) expect(nameOf(...a)).not.toBe(nameOf(...b));
      }),
    );
  });

  test("reads as its parts when they fit", () => {
    expect(nameOf("door-faces", "k3v9x2m7qp", "orin-nx-1")).toBe("door-faces-k3v9x2m7qp-orin-nx-1");
  });
});
