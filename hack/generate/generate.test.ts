import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { chartTemplate } from "./chart.ts";
import { generatedFiles } from "./files.ts";
import { differences, settle } from "./tree.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "facefleet-generate-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("generated files", () => {
  test("are the same each time", () => {
    expect([...generatedFiles()]).toEqual([...generatedFiles()]);
  });

  test("are read alike by YAML 1.1, which kubectl reads, and YAML 1.2", () => {
    for (const [path, content] of generatedFiles()) {
      if (!path.startsWith("crds/generated/")) continue;
      const [old, current] = (["1.1", "1.2"] as const).map((version) => parse(content, { version }) as unknown);
      expect(old).toEqual(current);
    }
  });
});

describe("a folder of generated files", () => {
  const files = new Map([
    ["made/a.yaml", "a\nb\n"],
    ["made/deep/b.yaml", "b\n"],
  ]);

  test("is found out of date for files that are missing, changed or no longer generated, with the first line that differs", async () => {
    await mkdir(join(root, "made"), { recursive: true });
    await writeFile(join(root, "made/a.yaml"), "a\nc\n");
    await writeFile(join(root, "made/old.yaml"), "");
    expect(await differences(root, files, ["made"])).toEqual([
      { path: "made/a.yaml", state: "changed", line: 2 },
      { path: "made/deep/b.yaml", state: "missing" },
      { path: "made/old.yaml", state: "unexpected" },
    ]);
  });

  test("is settled once and then left alone", async () => {
    await mkdir(join(root, "made"), { recursive: true });
    await writeFile(join(root, "made/old.yaml"), "");
    expect(await settle(root, files, ["made"])).toHaveLength(3);
    expect(await readFile(join(root, "made/deep/b.yaml"), "utf8")).toBe("b\n");
    expect(await settle(root, files, ["made"])).toEqual([]);
  });
});

describe("a CRD as a template of the chart", () => {
  test("keeps what Helm would take for its own", () => {
    expect(chartTemplate("a: {{x}}\nmetadata:\n  name: b\n")).toContain('a: {{ "{{" }}x}}');
  });

  test("needs metadata to annotate", () => {
    expect(() => chartTemplate("a: 1\n")).toThrow(/metadata/);
  });
});
