import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { buildTinyEngines } from "../engine/tiny-models.fake.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  await buildTinyEngines(join(folder, "engine"));
  for (let person = 0; person < 3; person++) {
    await mkdir(join(folder, "set", `p-${person}`), { recursive: true });
    for (let k = 0; k < 3; k++) {
      const background = { r: 200, g: 60 * person, b: 5 * k };
      const picture = sharp({ create: { width: 32, height: 32, channels: 3, background } });
      await writeFile(join(folder, "set", `p-${person}`, `${k}.png`), await picture.png().toBuffer());
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

function evaluate(...flags: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(import.meta.dirname, "../main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "evaluate", ...flags], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe("evaluate", () => {
  test("prints a table of all metrics, with the reason where one cannot be measured", async () => {
    const { code, stdout } = await evaluate(`--engine=${join(folder, "engine")}`, `--dataset=${join(folder, "set")}`);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^METRIC +VALUE +95% INTERVAL +N$/);
    expect(lines.find((line) => line.startsWith("RankOne"))).toMatch(/^RankOne +1 +0\.\d+ to 1 +9$/);
    expect(lines.find((line) => line.startsWith("VerificationAccuracy"))).toContain("10 are needed");
    expect(lines).toHaveLength(11);
  });

  test("prints JSON, beside a champion on the same pictures", async () => {
    const engine = join(folder, "engine");
    const flags = [`--engine=${engine}`, `--champion=${engine}`, `--dataset=${join(folder, "set")}`, "--json"];
    const rows = JSON.parse((await evaluate(...flags)).stdout) as { metric: string }[];
    expect(rows.find(({ metric }) => metric === "DetectionRate")).toMatchObject({
      value: 1,
      n: 9,
      champion: { value: 1, difference: 0 },
    });
  });

  test.each([
    ["no engines", ["--engine=/nowhere", "--dataset=SET"], 1, "there are no engines in /nowhere"],
    ["no set", ["--engine=ENGINE", "--dataset=/nowhere"], 2, "--dataset /nowhere is neither a folder nor a uri"],
    ["a uri alone", ["--engine=ENGINE", "--dataset=https://a.example/b"], 2, "give --digest, and --store"],
    ["no rate", ["--engine=ENGINE", "--dataset=SET", "--false-accept-rate=2"], 2, "must be a rate above 0 and below 1"],
    ["no flags", [], 2, "evaluate: required option '--engine <folder>' not specified; see --help"],
  ])("refuses %s with the remedy", async (_, flags, wanted, message) => {
    const paths = { ENGINE: join(folder, "engine"), SET: join(folder, "set") };
    const { code, stdout, stderr } = await evaluate(
      ...flags.map((flag) => flag.replace(/ENGINE|SET/, (name) => paths[name as "SET"])),
    );
    expect({ code, stdout }).toEqual({ code: wanted, stdout: "" });
    expect(stderr).toContain(message);
  });
});

test("a subcommand that is not there is told, with those that are", async () => {
  const main = join(import.meta.dirname, "../main.ts");
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, "bild"], (error, _, stderr) => resolve({ code: error?.code, stderr }));
  });
  expect(code).toBe(2);
  expect(stderr).toContain('there is no subcommand "bild"; usage: node runtime/main.ts <build | evaluate | serve>');
});
