import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { create } from "tar";
import { downloadBinaries, downloadOf, downloadsOf, publishedDigest } from "./download.ts";
import { wantedRelease } from "./release.ts";

const digest = "0123456789abcdef".repeat(4);
const other = "f".repeat(64);

test.each([
  ["a digest alone", `${digest}\n`, digest],
  ["a line with the name", `${other}  other\n${digest}  program\n`, digest],
  ["upper case", digest.toUpperCase(), digest],
])("a checksum file may be %s", (_, text, expected) => {
  expect(publishedDigest(text, "https://example.org/program")).toBe(expected);
});

test.each([
  ["that is a page of words", "<html>Not Found</html>"],
  ["that names other files only", `${digest}  a\n${other}  b\n`],
  ["that is empty", ""],
])("a checksum file %s is refused", (_, text) => {
  expect(() => publishedDigest(text, "https://example.org/program")).toThrow("no SHA-256 is published");
});

test("programs are published for Linux on two architectures, and for nothing else", () => {
  const release = wantedRelease();
  expect(downloadOf("kubectl", release, { os: "linux", arch: "arm64" })?.url).toMatch(/\/linux\/arm64\/kubectl$/);
  expect(downloadsOf(release, { os: "linux", arch: "x64" })?.size).toBe(5);
  expect(downloadsOf(release, { os: "darwin", arch: "arm64" })).toBeUndefined();
  expect(downloadsOf(release, { os: "linux", arch: "ppc64" })).toBeUndefined();
});

describe("a download", () => {
  let folder: string;
  let server: Server;
  let base: string;
  const files = new Map<string, Buffer>();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "download-"));
    server = createServer((request, response) => {
      const content = files.get(request.url ?? "");
      response.writeHead(content ? 200 : 404).end(content);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    files.clear();
  });

  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  function publish(path: string, content: Buffer, claimed = content): { url: string; checksums: string } {
    files.set(path, content);
    files.set(`${path}.sha256`, Buffer.from(createHash("sha256").update(claimed).digest("hex")));
    return { url: base + path, checksums: `${base}${path}.sha256` };
  }

  const get = (downloads: Parameters<typeof downloadBinaries>[0]["downloads"]) =>
    downloadBinaries({ downloads, directory: folder, onProgress: () => undefined });

  test("that matches its digest becomes an executable file", async () => {
    expect(await get(new Map([["tool", publish("/tool", Buffer.from("program"))]]))).toBe(true);
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("program");
    await access(join(folder, "tool"), constants.X_OK);
  });

  test("of an archive leaves the one program in it that is wanted", async () => {
    await mkdir(join(folder, "release-1"));
    await writeFile(join(folder, "release-1", "tool"), "program");
    await writeFile(join(folder, "release-1", "other"), "other");
    await create({ cwd: folder, file: join(folder, "a.tar.gz"), gzip: true }, ["release-1"]);
    const archive = publish("/a.tar.gz", await readFile(join(folder, "a.tar.gz")));
    await rm(join(folder, "release-1"), { recursive: true });
    expect(await get(new Map([["tool", { ...archive, member: "release-1/tool" }]]))).toBe(true);
    expect(await readFile(join(folder, "tool"), "utf8")).toBe("program");
    await expect(access(join(folder, "other"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("that differs from its digest is refused and never gets its name", async () => {
    const tampered = publish("/tool", Buffer.from("tampered"), Buffer.from("program"));
    await expect(get(new Map([["tool", tampered]]))).rejects.toThrow(/has SHA-256 .*, but .* is published/);
    await expect(access(join(folder, "tool"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("of which one digest is missing is not begun", async () => {
    const downloads = new Map([
      ["tool", publish("/tool", Buffer.from("program"))],
      ["more", { url: `${base}/more`, checksums: `${base}/more.sha256` }],
    ]);
    expect(await get(downloads)).toBe(false);
    await expect(access(join(folder, "tool"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("from where nobody answers is given up", async () => {
    const nowhere = { url: "http://127.0.0.1:1/tool", checksums: "http://127.0.0.1:1/tool.sha256" };
    expect(await get(new Map([["tool", nowhere]]))).toBe(false);
  });
});
