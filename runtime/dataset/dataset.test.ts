import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create, Header } from "tar";
import { digestOf } from "../engine/digest.ts";
import { openStore } from "../engine/store.ts";
import { readImageFolder } from "./image-folder.ts";
import { openDataset } from "./open-dataset.ts";
import { unpack } from "./unpack.ts";

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), "dataset-"))));
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text = "picture"): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const rows = (...lines: object[]) => lines.map((line) => JSON.stringify(line)).join("\n");

describe("an image folder", () => {
  const read = async () =>
    (await readImageFolder(join(root, "set"))).pictures.map(({ path, ...picture }) => {
      expect(path.endsWith(picture.name)).toBe(true);
      return picture;
    });

  test("is labelled by its metadata", async () => {
    await write("set/a/1.jpg");
    await write("set/2.png");
    await write(
      "set/metadata.jsonl",
      `${rows({ file_name: "2.png", identity: "p-1", expression: "happy", subgroup: "dark" }, { file_name: "a/1.jpg", identity: 7, more: 1 })}\n\n`,
    );
    expect(await read()).toEqual([
      { name: "2.png", identity: "p-1", expression: "happy", subgroup: "dark" },
      { name: "a/1.jpg", identity: "7" },
    ]);
  });

  test("is labelled by its folders without metadata, in the order of names", async () => {
    for (const name of ["p-2/b.JPEG", "p-1/a.webp", "p-2/a.jpg", "loose.jpg", "p-1/notes.txt", "p-1/.hidden.jpg"]) {
      await write(`set/${name}`);
    }
    expect(await read()).toEqual([
      { name: "loose.jpg" },
      { name: "p-1/a.webp", identity: "p-1" },
      { name: "p-2/a.jpg", identity: "p-2" },
      { name: "p-2/b.JPEG", identity: "p-2" },
    ]);
  });

  test("may lie in a single folder at the top", async () => {
    await write("set/faces-v1/1.jpg");
    await write("set/faces-v1/metadata.jsonl", rows({ file_name: "1.jpg", identity: "p" }));
    expect(await read()).toEqual([{ name: "1.jpg", identity: "p" }]);
  });

  test.each([
    ["a line that is no JSON", "{", "metadata.jsonl line 1"],
    ["a row without a file", rows({ identity: "p" }), "file_name"],
    ["a row twice", rows({ file_name: "1.jpg" }, { file_name: "1.jpg" }), "line 2: file_name was there before"],
    ["a picture that is not there", rows({ file_name: "2.jpg" }), "line 1: file_name is no picture of the set"],
    ["a path that leads outside", rows({ file_name: "../secret.jpg" }), "is no picture of the set"],
    ["a label of another kind", rows({ file_name: "1.jpg", expression: ["happy"] }), "expression"],
  ])("is refused with %s", async (_, metadata, message) => {
    await write("set/1.jpg");
    await write("secret.jpg");
    await write("set/metadata.jsonl", metadata);
    await expect(read()).rejects.toMatchObject({ name: "DatasetError" });
    await expect(read()).rejects.toThrow(message);
  });

  test("is refused without a name that may be a person's", async () => {
    await write("set/jane-doe/1.jpg");
    for (const name of ["jane-doe/2.jpg", 'jane-doe/1.jpg"}\n{"file_name": "jane-doe/1.jpg']) {
      await write("set/metadata.jsonl", `{"file_name": "${name}"}`);
      await expect(read()).rejects.toThrow(expect.not.stringContaining("jane"));
    }
  });

  test("without pictures is refused", async () => {
    await write("set/readme.txt");
    await expect(read()).rejects.toThrow("holds no JPEG, PNG or WebP picture");
  });
});

/** A tar archive of one entry with a header as given, and the end of an archive. */
async function forge(entry: {
  path: string;
  type?: "File" | "Link" | "SymbolicLink" | "CharacterDevice";
  linkpath?: string;
  size?: number;
}) {
  const body = Buffer.alloc(512, "x");
  const size = entry.type === undefined || entry.type === "File" ? (entry.size ?? 512) : 0;
  const header = new Header({ type: "File", mode: 0o644, ...entry, size });
  header.encode();
  await writeFile(
    join(root, "forged.tar"),
    Buffer.concat([header.block!, ...(size > 0 ? [body] : []), Buffer.alloc(1024)]),
  );
  return join(root, "forged.tar");
}

describe("an archive", () => {
  const into = async () => {
    await mkdir(join(root, "out"), { recursive: true });
    return join(root, "out");
  };

  test.each([[false], [true]])("is unpacked, gzipped: %s", async (gzip) => {
    await write("set/p-1/a.jpg", "1");
    await create({ cwd: join(root, "set"), file: join(root, "set.tar"), gzip }, ["."]);
    await unpack(join(root, "set.tar"), await into());
    expect(await readFile(join(root, "out/p-1/a.jpg"), "utf8")).toBe("1");
  });

  test.each([
    ["that leads outside", { path: "../../escaped.jpg" }, "leads outside"],
    ["that leads outside further down", { path: "a/../../escaped.jpg" }, "leads outside"],
    ["with an absolute path", { path: "/tmp/escaped.jpg" }, "leads outside"],
    ["with a symbolic link", { path: "a.jpg", type: "SymbolicLink", linkpath: "/etc/passwd" }, "is a SymbolicLink"],
    ["with a hard link", { path: "a.jpg", type: "Link", linkpath: "/etc/passwd" }, "is a Link"],
    ["with a device", { path: "a.jpg", type: "CharacterDevice" }, "is a CharacterDevice"],
  ] as const)("%s is refused", async (_, entry, message) => {
    const folder = await into();
    const failed = unpack(await forge(entry), folder);
    await expect(failed).rejects.toMatchObject({ name: "DatasetError" });
    await expect(failed).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
    expect((await readdir(root)).sort()).toEqual(["forged.tar", "out"]);
  });

  test("that was packed with a link is refused", async () => {
    await write("set/a.jpg");
    await symlink("/etc/passwd", join(root, "set/b.jpg"));
    await create({ cwd: join(root, "set"), file: join(root, "set.tar") }, ["."]);
    await expect(unpack(join(root, "set.tar"), await into())).rejects.toThrow("SymbolicLink");
  });

  test.each([
    ["files", { files: 1, bytes: 1e6 }, "more than 1 files"],
    ["bytes", { files: 10, bytes: 5 }, "more than 5 bytes"],
  ])("with too many %s is refused", async (_, limits, message) => {
    for (const name of ["a", "b"]) await write(`set/${name}.jpg`);
    await create({ cwd: join(root, "set"), file: join(root, "set.tar") }, ["a.jpg", "b.jpg"]);
    await expect(unpack(join(root, "set.tar"), await into(), limits)).rejects.toThrow(message);
  });

  test.each([
    ["is no archive", Buffer.from("x".repeat(2000))],
    ["is no gzip though it begins like one", Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])],
  ])("that %s is refused", async (_, bytes) => {
    await writeFile(join(root, "bad.tar"), bytes);
    await expect(unpack(join(root, "bad.tar"), await into())).rejects.toThrow("make it with tar");
  });

  test("that is cut off is refused", async () => {
    await write("set/a.jpg", "x".repeat(5000));
    await create({ cwd: join(root, "set"), file: join(root, "set.tar") }, ["a.jpg"]);
    const bytes = await readFile(join(root, "set.tar"));
    await writeFile(join(root, "cut.tar"), bytes.subarray(0, 2000));
    await expect(unpack(join(root, "cut.tar"), await into())).rejects.toMatchObject({ name: "DatasetError" });
  });
});

describe("a dataset of the store", () => {
  const archive = async () => {
    await write("set/p-1/a.jpg");
    await create({ cwd: join(root, "set"), file: join(root, "set.tar") }, ["."]);
    const digest = digestOf(await readFile(join(root, "set.tar")));
    return { name: "gate", source: { uri: `file://${join(root, "set.tar")}`, digest }, format: "ImageFolder" as const };
  };

  test("is unpacked once and read without its source from then on", async () => {
    const store = await openStore(join(root, "store"));
    const resolved = await archive();
    const first = await openDataset(store, resolved);
    await rm(join(root, "set.tar"));
    await rm(join(root, "store/artifacts"), { recursive: true });
    expect(await openDataset(store, resolved)).toEqual(first);
    expect(first.pictures.map(({ identity }) => identity)).toEqual(["p-1"]);
    expect(await readdir(join(root, "store/work"))).toEqual([]);
  });

  test("in a format that is not read here is refused with the one that is", async () => {
    const store = await openStore(join(root, "store"));
    const failed = openDataset(store, { ...(await archive()), format: "DFEW" });
    await expect(failed).rejects.toThrow("dataset gate has format DFEW: this version reads ImageFolder");
  });

  test("that leads outside leaves nothing in the store", async () => {
    const store = await openStore(join(root, "store"));
    const path = await forge({ path: "../../escaped.jpg" });
    const source = { uri: `file://${path}`, digest: digestOf(await readFile(path)) };
    await expect(openDataset(store, { name: "bad", source, format: "ImageFolder" })).rejects.toThrow("leads outside");
    expect(await readdir(join(root, "store/work"))).toEqual([]);
    expect(await readdir(join(root, "store"))).not.toContain("datasets");
  });
});
