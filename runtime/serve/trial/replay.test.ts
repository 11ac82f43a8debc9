import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { blankImage } from "../../faces/image.ts";
import type { Analysis } from "../../pipeline/analysis.ts";
import type { LoadedGallery } from "../slot/galleries.ts";
import { bareSlot, lineGallery } from "../slot/slot.fake.ts";
import { GalleryNotLoaded, mixed, replayProbes, type Probe } from "./replay.ts";
import { Trial, type TrialSpec } from "./trial.ts";

const spec = (phase: "Shadow" | "Soak" = "Shadow"): TrialSpec => ({
  id: "one",
  phase,
  gallery: "staff",
  gate: {
    alpha: "0.05",
    minSamples: 1,
    deadline: "1h",
    checks: [
      { metric: "ProbeIdentity", margin: "0.1", required: true },
      { metric: "ProbeExpression", margin: "0.1", required: true },
    ],
  },
});

/** A slot that sees the same in every picture: a face at a place of the line, or none. */
function slot(
  name: string,
  at: number | undefined,
  look?: string,
  gallery: LoadedGallery | undefined = lineGallery({ ann: 0, ben: 10 }),
) {
  const face = {
    box: { x: 0, y: 0, width: 9, height: 9 },
    score: 1,
    embedding: Float32Array.of(at ?? 0),
    ...(look && {
      expression: { label: look, probability: 1, reported: true, probabilities: new Float32Array() },
    }),
  };
  const bare = bareSlot(name, gallery);
  const analysis: Analysis = { faces: at === undefined ? [] : [face], timings: [], milliseconds: 1 };
  return { ...bare, analyzer: { ...bare.analyzer, analyze: () => Promise.resolve(analysis) } };
}

const keyless: LoadedGallery = { name: "staff", version: "v1", people: 0, message: "its key is not mounted" };
const probe = (person?: string | null, expression?: string): Probe => ({
  ...(person !== undefined && { person }),
  ...(expression !== undefined && { expression }),
  read: () => Promise.resolve(blankImage(4, 4)),
});
const damaged: Probe = { person: "ann", read: () => Promise.resolve(undefined) };

async function replay(
  trial: Trial,
  probes: readonly Probe[],
  active: ReturnType<typeof slot>,
  standby: ReturnType<typeof slot> | undefined,
) {
  const slots = { lease: () => ({ active, standby, [Symbol.dispose]: () => undefined }) };
  const { signal } = new AbortController();
  await replayProbes({ trial, slots, probes, share: 1, onObserved: () => undefined, signal });
  return trial.status(0).evidence.map(({ metric, state }) => `${metric} ${state}`);
}

describe("a probe", () => {
  test.each([
    ["of whom both are right", probe("ann"), slot("c", 0), slot("s", 0.5), ["ProbeIdentity 0:1", "ProbeExpression "]],
    [
      "whom the candidate misses",
      probe("ann"),
      slot("c", 0),
      slot("s", undefined),
      ["ProbeIdentity -1:1", "ProbeExpression "],
    ],
    [
      "whom only the candidate knows",
      probe("ben"),
      slot("c", 0),
      slot("s", 10),
      ["ProbeIdentity 1:1", "ProbeExpression "],
    ],
    [
      "of a stranger whom both take for one",
      probe(null),
      slot("c", 50),
      slot("s", 60),
      ["ProbeIdentity 0:1", "ProbeExpression "],
    ],
    [
      "of a stranger whom the candidate takes for ann",
      probe(null),
      slot("c", 50),
      slot("s", 0),
      ["ProbeIdentity -1:1", "ProbeExpression "],
    ],
    [
      "with an expression that only the champion reads",
      probe(undefined, "sad"),
      slot("c", 0, "sad"),
      slot("s", 0, "happy"),
      ["ProbeIdentity ", "ProbeExpression -1:1"],
    ],
    [
      "with both labels",
      probe("ann", "sad"),
      slot("c", 0, "sad"),
      slot("s", 0, "sad"),
      ["ProbeIdentity 0:1", "ProbeExpression 0:1"],
    ],
    ["that cannot be read", damaged, slot("c", 0), slot("s", 0), ["ProbeIdentity ", "ProbeExpression "]],
  ])("%s", async (_, each, champion, candidate, evidence) => {
    const trial = new Trial(spec(), 0);
    expect(await replay(trial, [each], champion, candidate)).toEqual(evidence);
    expect(trial.probes).toBe(1);
  });

  test("is judged the other way round while the candidate soaks", async () => {
    const trial = new Trial(spec("Soak"), 0);
    expect((await replay(trial, [probe("ann")], slot("candidate", 10), slot("champion", 0)))[0]).toBe(
      "ProbeIdentity -1:1",
    );
  });

  test.each([
    ["in the champion", keyless, lineGallery({ ann: 0 })],
    ["in the candidate", lineGallery({ ann: 0 }), keyless],
    ["in the same version", lineGallery({ ann: 0 }, "v1"), lineGallery({ ann: 0 }, "v2")],
    ["with anybody in it", lineGallery({}), lineGallery({})],
  ])("is no evidence while the gallery is not loaded %s", async (_, champion, candidate) => {
    const trial = new Trial(spec(), 0);
    const sides = [slot("c", 0, undefined, champion), slot("s", 0, undefined, candidate)] as const;
    await expect(replay(trial, [probe("ann")], ...sides)).rejects.toThrow(GalleryNotLoaded);
    expect(trial.probes).toBe(0);
  });

  test("says nothing of identity where the trial has no gallery", async () => {
    const { gallery: _, ...without } = spec();
    const trial = new Trial(without, 0);
    const evidence = await replay(trial, [probe("ann", "sad")], slot("c", 0, "sad"), slot("s", 0, "sad"));
    expect(evidence).toEqual(["ProbeIdentity ", "ProbeExpression 0:1"]);
  });

  test("waits when a slot is not there", async () => {
    const trial = new Trial(spec(), 0);
    await expect(replay(trial, [probe("ann")], slot("c", 0), undefined)).rejects.toThrow("not those of the trial");
    expect(trial.probes).toBe(0);
  });

  test("is counted by its place, so that one that could not be read shifts no other", async () => {
    const probes = [damaged, probe("ann"), damaged, probe("ann"), probe("ann")];
    const first = new Trial(spec(), 0);
    const stopped = { ...slot("s", 0), analyzer: failingAfter(2) };
    await expect(replay(first, probes, slot("c", 0), stopped)).rejects.toThrow("crashed");
    const second = new Trial(spec(), 0, first.record);
    expect((await replay(second, probes, slot("c", 0), slot("s", 0)))[0]).toBe("ProbeIdentity 0:3");
  });
});

function failingAfter(frames: number) {
  const { analyzer } = slot("s", 0);
  let count = 0;
  return {
    ...analyzer,
    analyze: () => ((count += 1) > frames ? Promise.reject(new Error("crashed")) : analyzer.analyze()),
  };
}

test("the order of probes is a permutation, the same each time, that does not dwell on one person", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), (count) => {
      const items = Array.from({ length: count }, (_, index) => index);
      expect(mixed(items).toSorted((x, y) => x - y)).toEqual(items);
      expect(mixed(items)).toEqual(mixed(items));
    }),
  );
  const people = Array.from({ length: 80 }, (_, index) => Math.floor(index / 20));
  expect(new Set(mixed(people).slice(0, 8)).size).toBe(4);
});
