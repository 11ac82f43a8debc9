import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chmod, mkdtemp, readdir, readFile, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { list } from "tar";
import { CLEAN } from "../camera/sensor.ts";
import { packDataset } from "./pack-dataset.ts";
import { type DatasetPlan, shotsOf } from "./plan.ts";
import { SETS } from "./sets.ts";
import { storeDataset } from "./store-dataset.ts";
import type { Label } from "./write-dataset.ts";

const PLAN: DatasetPlan = {
  people: [
    { id: "ada", seed: 1 },
    { id: "bo", seed: 2 },
  ],
  picturesPerPerson: 4,
  expressions: [
    { name: "neutral", strength: 1 },
    { name: "happy", strength: 1 },
  ],
  cameras: [
    { name: "clean", sensor: CLEAN },
    { name: "noisy", sensor: { ...CLEAN, noise: 9 } },
  ],
  size: { width: 80, height: 64 },
  nuisance: 1,
  subgroup: "camera",
  seed: 3,
};

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "facefleet-datasets-"));
});
afterAll(() => rm(cache, { recursive: true }));

async function labelsOf(directory: string): Promise<Label[]> {
  const lines = (await readFile(join(directory, "metadata.jsonl"), "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Label);
}

describe("a labelled set", () => {
  test("has a picture for each label, in a folder named after the person", async () => {
    const { directory } = await storeDataset(PLAN, { cache });
    const labels = await labelsOf(directory);
    expect(labels).toHaveLength(8);
    expect(labels[1]).toEqual({ file_name: "ada/01.jpg", identity: "ada", expression: "happy", subgroup: "clean" });
    expect(labels[6]).toEqual({ file_name: "bo/02.jpg", identity: "bo", expression: "neutral", subgroup: "noisy" });
    const pictures = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".jpg"));
    expect(pictures.sort()).toEqual(labels.map(({ file_name }) => file_name).sort());
  });

  test("is drawn once, and drawn elsewhere it has the same digest", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "facefleet-datasets-"));
    const stored = await storeDataset(PLAN, { cache });
    let drawn = 0;
    const count = (): void => {
      drawn++;
    };
    expect(await storeDataset(PLAN, { cache, onProgress: count })).toEqual(stored);
    expect(drawn).toBe(0);
    const other = await storeDataset(PLAN, { cache: elsewhere, onProgress: count });
    expect(drawn).toBe(8);
    expect(other.digest).toBe(stored.digest);
    await rm(elsewhere, { recursive: true });
  });

  test("packs into the same tar whatever the times and modes of its files", async () => {
    const { directory, digest } = await storeDataset(PLAN, { cache });
    const file = join(directory, "ada", "00.jpg");
    await utimes(file, 12, 12);
    await chmod(file, 0o600);
    const packed = await packDataset(directory);
    expect(packed.digest).toBe(digest);
    const names: string[] = [];
    await list({ file: packed.path, onReadEntry: ({ path }) => names.push(path) });
    expect(names).toEqual([...names].sort());
    expect(names).toContain("metadata.jsonl");
  });

  test("leaves nothing behind when it is aborted", async () => {
    const abort = new AbortController();
    const storing = storeDataset(
      { ...PLAN, seed: 4 },
      { cache, signal: abort.signal, onProgress: () => abort.abort(new Error("enough")) },
    );
    await expect(storing).rejects.toThrow("enough");
    expect(await readdir(join(cache, "people", "datasets"))).toHaveLength(1);
  });
});

describe("the sets of the quickstart", () => {
  test.each([
    ["gate", 24, 144],
    ["probes", 4, 144],
    ["enrollment", 4, 12],
  ] as const)("%s has %p people and %p pictures", (name, people, pictures) => {
    const shots = shotsOf(SETS[name]);
    expect(new Set(shots.map(({ person }) => person.id)).size).toBe(people);
    expect(shots).toHaveLength(pictures);
  });

  test("probes show every enrolled person through every camera", () => {
    const shown = new Set(shotsOf(SETS.probes).map(({ person, camera }) => `${person.id} ${camera.name}`));
    expect(shown.size).toBe(4 * SETS.probes.cameras.length);
  });
});
