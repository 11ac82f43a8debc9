import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { keepHouse } from "./housekeeping.ts";
import { Site, specOf } from "./site.fake.ts";

let site: Site;
beforeEach(async () => {
  site = await Site.open();
});
afterEach(() => site[Symbol.asyncDispose]());

const digest = (digit: string) => digit.repeat(64);
const revision = (name: string) => ({ revision: name, engineKey: name });
const set = (digit: string) => ({
  name: `set-${digit}`,
  source: { uri: "https://data.example.com/set.tar", digest: `sha256:${digest(digit)}` },
  format: "ImageFolder" as const,
});

/** Puts something into the store as it is after a long time, or after a moment. */
async function place(path: string, { isOld = true } = {}): Promise<void> {
  const full = join(site.store.root, path);
  await mkdir(dirname(full), { recursive: true });
  await (path.endsWith("/") ? mkdir(full, { recursive: true }) : writeFile(full, ""));
  const time = isOld ? new Date(0) : new Date();
  await utimes(full, time, time);
}

test("only what nothing names and nobody used of late goes, and galleries that are gone go at once", async () => {
  for (const name of ["active", "standby", "kept", "stale"]) await place(`engines/${name}/`);
  await place("engines/waiting/", { isOld: false });
  for (const digit of ["a", "b", "c"]) await place(`datasets/${digest(digit)}/`);
  await place(`artifacts/sha256/${digest("d")}`);
  for (const name of ["staff", "guests"]) await place(`galleries/${name}/v1-active.sealed`, { isOld: false });
  const spec = specOf({
    slots: { active: revision("active"), standby: revision("standby") },
    keep: [revision("kept")],
    galleries: [{ name: "staff", version: "v1", dataset: set("a"), people: [{ id: "p-1" }] }],
    trial: {
      id: "one",
      phase: "Shadow",
      gate: { checks: [{ metric: "ProbeIdentity", margin: "0.1" }] },
      probes: set("b"),
    },
  });
  const removed = await keepHouse(site.store, spec);
  expect(removed).toEqual({
    engines: ["stale"],
    datasets: [digest("c")],
    artifacts: [digest("d")],
    galleries: ["guests"],
  });
  const left = async (folder: string) => (await readdir(join(site.store.root, folder))).sort();
  expect(await left("engines")).toEqual(["active", "kept", "standby", "waiting"]);
  expect(await left("galleries")).toEqual(["staff"]);
});

test("a store in which nothing is yet is left as it is", async () => {
  const removed = await keepHouse(site.store, specOf({ slots: {} }));
  expect(Object.values(removed).flat()).toEqual([]);
});
