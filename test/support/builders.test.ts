import { expect, test } from "@jest/globals";
import { kinds } from "../../crds/kinds.ts";
import * as builders from "./builders.ts";

test.each(kinds.map(({ kind }) => kind))("a valid %s can be built", (kind) => {
  const build = builders[`valid${kind}` as keyof typeof builders] as () => { kind: string };
  expect(build().kind).toBe(kind);
});

test("what a test says replaces the example's, defaults are filled in", () => {
  const model = builders.validFaceModel({ metadata: { name: "other" }, spec: { suspend: true } });
  expect(model.metadata).toMatchObject({ name: "other", namespace: "facefleet", generation: 1 });
  expect(model.spec).toMatchObject({ suspend: true, precision: "FP32", engine: { backend: "Auto" } });
});

test("a manifest has nothing that only the server writes", () => {
  expect(builders.manifest(builders.validCameraStream()).metadata).toEqual({
    name: "front-door",
    namespace: "facefleet",
  });
});
