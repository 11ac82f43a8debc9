import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { matchFace } from "../../faces/gallery/match.ts";
import { loadAnalyzer, type Analyzer } from "../../pipeline/analyzer.ts";
import { MountedSecrets } from "../secrets.ts";
import { nobody, people, Site } from "../site.fake.ts";
import type { GallerySpec } from "./galleries.ts";
import { openGallery } from "./open.ts";

const key = "staff/key";
const right = "11".repeat(32);

let engines: Site;
let analyzer: Analyzer;
beforeAll(async () => {
  engines = await Site.open();
  const { engineKey } = await engines.build("a");
  analyzer = await loadAnalyzer(engines.store.engineDirectory(engineKey));
});
afterAll(async () => {
  await analyzer[Symbol.asyncDispose]();
  await engines[Symbol.asyncDispose]();
});

let site: Site;
beforeEach(async () => {
  site = await Site.open();
  await site.mount(`galleries/${key}`, right);
});
afterEach(() => site[Symbol.asyncDispose]());

/** Opens a gallery by engines of a key; pictures that were looked at are counted. */
async function open(spec: GallerySpec, engineKey = "key-a") {
  let looks = 0;
  const counting: Analyzer = {
    ...analyzer,
    analyze: (...asked) => {
      looks += 1;
      return analyzer.analyze(...asked);
    },
  };
  const slot = { revision: { revision: "a", engineKey }, analyzer: counting };
  const secrets = new MountedSecrets(join(site.folder, "secrets"));
  const { signal } = new AbortController();
  return { loaded: await openGallery(spec, slot, { store: site.store, secrets, signal }), looks };
}

async function staff(change: Partial<GallerySpec> = {}): Promise<GallerySpec> {
  const pictures = {
    "ann/1.png": people.ann,
    "ann/2.png": people.ann,
    "b-17/1.png": people.ben,
    "ghost/1.png": nobody,
    "broken/1.png": "no picture",
  };
  const listed = [{ id: "ann" }, { id: "ben", label: "b-17" }];
  return {
    name: "staff",
    version: "v1",
    dataset: await site.dataset("staff", pictures),
    people: listed,
    ...change,
  };
}

const sealedFile = (version = "v1", engineKey = "key-a") => site.store.galleryFile("staff", version, engineKey);
const person = (id: string) => ({ id });

describe("a gallery", () => {
  test("is embedded from the pictures of its people, found by their labels", async () => {
    const { loaded, looks } = await open(await staff());
    expect([loaded, looks]).toMatchObject([{ name: "staff", version: "v1", people: 2 }, 3]);
    const match = matchFace(Float32Array.from(people.ben), loaded.gallery!, { metric: "L2", threshold: 4 });
    expect(match).toMatchObject({ person: "ben" });
    expect(loaded).not.toHaveProperty("message");
  });

  test("is taken from the sealed file the next time, though the pictures are gone", async () => {
    const spec = await staff();
    const { loaded } = await open(spec);
    await rm(join(site.folder, "sets"), { recursive: true });
    const again = await open(spec);
    expect([again.looks, again.loaded]).toEqual([0, loaded]);
  });

  test("leaves no picture on the disk, though several slots embed it at a time", async () => {
    const spec = await staff();
    const opened = await Promise.all(["key-a", "key-b", "key-c"].map((engineKey) => open(spec, engineKey)));
    expect(opened.map(({ loaded }) => loaded.people)).toEqual([2, 2, 2]);
    const left = ["datasets", "artifacts/sha256", "work"].map((folder) => readdir(join(site.store.root, folder)));
    expect(await Promise.all(left)).toEqual([[], [], []]);
  });

  test("has nothing of a template or a name in the sealed file", async () => {
    await open(await staff());
    const bytes = await readFile(sealedFile());
    expect(bytes.includes("ann")).toBe(false);
    expect(bytes.includes(Buffer.from(Float32Array.from(people.ann).buffer))).toBe(false);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ["the key has changed", "v1", () => site.mount(`galleries/${key}`, "22".repeat(32))],
    ["the file is damaged", "v1", () => replace(Buffer.from("FFSEAL1\nrest"))],
    ["the file is empty", "v1", () => replace(Buffer.alloc(0))],
    ["the file is that of an older version", "v2", () => copyFile(sealedFile(), sealedFile("v2"))],
  ])("is embedded anew when %s, and sealed again", async (_, version, change) => {
    await open(await staff());
    await change();
    const spec = await staff({ version });
    expect((await open(spec)).looks).toBe(3);
    expect((await open(spec)).looks).toBe(0);
  });

  test("of other engines is another one: templates are never mixed", async () => {
    await open(await staff());
    expect((await open(await staff(), "key-b")).looks).toBe(3);
    expect(await readdir(dirname(sealedFile()))).toHaveLength(2);
  });

  test("leaves no template of an older version behind", async () => {
    await open(await staff());
    await open(await staff({ version: "v2", people: [person("ann")] }));
    expect(await readdir(dirname(sealedFile()))).toEqual(["v2-key-a.sealed"]);
  });

  test.each([
    ["no face is found", "ghost"],
    ["no picture can be read", "broken"],
    ["there is no picture", "absent"],
  ])("goes on without people of whom %s, and says how many, not who", async (_, id) => {
    const { loaded } = await open(await staff({ people: [person("ann"), person(id)] }));
    expect(loaded).toMatchObject({ people: 1, message: expect.stringContaining("1 of 2 people") });
    expect(loaded.message).not.toContain(id);
  });

  test.each([
    ["is not mounted", undefined, "keySecretRef"],
    ["is no key", "too short", "openssl rand"],
  ])("says what to do when its key %s, and looks at no picture", async (_, content, remedy) => {
    await rm(join(site.folder, "secrets"), { recursive: true });
    if (content !== undefined) await site.mount(`galleries/${key}`, content);
    const { loaded, looks } = await open(await staff());
    expect([loaded, looks]).toEqual([
      { name: "staff", version: "v1", people: 0, message: expect.stringContaining(remedy) },
      0,
    ]);
    expect(JSON.stringify(loaded)).not.toContain("too short");
  });

  test("cannot be had when its pictures cannot be pulled", async () => {
    const spec = await staff();
    const source = { uri: "file:///nowhere.tar", digest: `sha256:${"0".repeat(64)}` };
    await expect(open({ ...spec, dataset: { ...spec.dataset, source } })).rejects.toMatchObject({
      name: "EngineError",
    });
  });
});

async function replace(bytes: Buffer): Promise<void> {
  await rm(sealedFile());
  await writeFile(sealedFile(), bytes);
}
