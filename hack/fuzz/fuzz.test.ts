import { describe, expect, test } from "@jest/globals";
import { arbitraryModel } from "../../runtime/graph/arbitrary-model.fake.ts";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../runtime/graph/codec/encode.ts";
import { createRandom, deriveSeed, type Random } from "../people/random/random.ts";
import { makeCase } from "./case.ts";
import type { Specimen } from "./corpus.ts";
import { mutateModel } from "./mutate-model.ts";
import { Runner } from "./runner.ts";
import { tryFile, type Outcome } from "./subject.ts";
import { Tally } from "./tally.ts";

const randomModel = (random: Random) => arbitraryModel((below) => random.below(below));
const corpus: readonly Specimen[] = Array.from({ length: 8 }, (_, index) => ({
  name: `random model ${index}`,
  file: encodeModel(randomModel(createRandom(deriveSeed(7, index)))),
}));
const indexes = Array.from({ length: 300 }, (_, index) => index);

describe("a case", () => {
  test("is the same for the same seed and index", () => {
    for (const index of indexes.slice(0, 50)) expect(makeCase(corpus, 3, index)).toEqual(makeCase(corpus, 3, index));
    expect(makeCase(corpus, 3, 1)).not.toEqual(makeCase(corpus, 4, 1));
  });

  test("leaves its specimens as they are", () => {
    const before = corpus.map(({ file }) => file.slice());
    for (const index of indexes) makeCase(corpus, 5, index);
    expect(corpus.map(({ file }) => file)).toEqual(before);
  });

  test("made by structure mostly reaches the reader, and is taken or refused there", async () => {
    const { file } = corpus[0]!;
    const outcomes: Outcome[] = [];
    for (const index of indexes)
      outcomes.push(
        await tryFile(encodeModel(mutateModel(decodeModel(file), [decodeModel(file)], createRandom(index)))),
      );
    const decoded = outcomes.filter((outcome) => !(outcome.kind === "refused" && outcome.by === "decode"));
    expect(decoded.length / outcomes.length).toBeGreaterThan(0.7);
    expect(new Set(decoded.map(({ kind }) => kind))).toEqual(new Set(["taken", "refused"]));
  });

  test("is told of as a finding only when the error is not one of ours", async () => {
    expect(await tryFile(corpus[0]!.file)).toEqual({ kind: "taken" });
    expect(await tryFile(Buffer.from("hello"))).toEqual({ kind: "refused", by: "decode" });
    expect(await tryFile(encodeModel({ irVersion: 8 }))).toEqual({ kind: "refused", by: "read" });
    const found = { kind: "found", stage: "decode", problem: /TypeError/ as never };
    expect(await tryFile(null as never)).toMatchObject(found);
  });

  test.each([
    ["elements", 1],
    ["strings", 8],
  ])("is refused for %s in another file that is not there", async (_, dataType) => {
    const externalData = [{ key: "location", value: "subject.ts" }];
    const graph = { name: "g", initializer: [{ name: "w", dataType, dims: [1], dataLocation: 1, externalData }] };
    const file = encodeModel({ irVersion: 8, opsetImport: [{ version: 17 }], graph });
    expect(await tryFile(file)).toEqual({ kind: "refused", by: "load" });
  });
});

describe("a run", () => {
  test("gives what the cases give, each in a process that can be ended", async () => {
    await using runner = new Runner(corpus, 3, { milliseconds: 20_000, megabytes: 256 });
    for (const index of [0, 1, 2, 3])
      expect(await runner.run(index)).toEqual(await tryFile(makeCase(corpus, 3, index)));
  });

  test("goes on after a case that takes too much memory", async () => {
    await using runner = new Runner(corpus, 3, { milliseconds: 20_000, megabytes: 4 });
    expect(await runner.run(0)).toEqual({ kind: "exceeded", what: "memory" });
    expect(await runner.run(1)).toEqual({ kind: "exceeded", what: "memory" });
  });
});

test("findings that are thrown at one place are one", () => {
  const tally = new Tally();
  const problem = (message: string) =>
    ({ kind: "found", stage: "read", problem: `${message}\n at a\n at b\n at c` }) as const;
  expect(tally.add(problem("TypeError: one"))).toBe(true);
  expect(tally.add(problem("TypeError: other"))).toBe(false);
  expect(tally.add({ kind: "taken" })).toBe(false);
  expect(tally.add({ kind: "exceeded", what: "time" })).toBe(true);
  expect(tally.describe()).toBe("4 cases: 1 exceeded, 2 found, 1 taken; 2 findings");
});
