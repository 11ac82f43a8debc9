import { readFileSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { flat } from "../../runtime/autodiff/rule.ts";
import { rules } from "../../runtime/autodiff/rules/rules.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/numeric-core.md"), "utf8");

/** The blocks of the page in a language, without their indentation. */
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^ *\`\`\`${language}\n(.*?)^ *\`\`\`$`, "gms"))].map((found) => found[1]!);

test("the examples of docs/numeric-core.md print what the page says", async () => {
  const program = blocks("ts").join("\n");
  const { stdout } = await execa(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    cwd: join(root, "docs"),
  });
  expect(stdout).toBe(blocks("text").join("").trimEnd());
});

test("docs/numeric-core.md lists the operators that gradients pass", () => {
  const section = page.split("## Which operators\n")[1]!.split("\n## ")[0]!;
  const listed = section.trim().split("\n\n").at(-1)!.replace(/\.$/, "").split(/,\s+/);
  const differentiable = Object.keys(rules).filter((name) => rules[name] !== flat);
  expect(listed).toEqual(differentiable.sort());
});

test("the row that docs/numeric-core.md shows is one of the table", async () => {
  const withoutIndent = (text: string): string => text.replaceAll(/^ +/gm, "").trim();
  const rules = await readFile(join(root, "runtime/autodiff/rules/activations.ts"), "utf8");
  const [row = "no row"] = blocks("js");
  expect(withoutIndent(rules)).toContain(withoutIndent(row));
});

test.each([...page.matchAll(/`((?:runtime|hack|docs)\/[\w/.-]+)`/g)].map((found) => found[1]!))(
  "%s is there",
  async (path) => {
    await expect(access(join(root, path))).resolves.toBeUndefined();
  },
);
