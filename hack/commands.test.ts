import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";

/** Every command of the repository: `node hack/<name>/main.ts`. */
const commands = readdirSync(import.meta.dirname).filter((name) => existsSync(mainOf(name)));

function mainOf(name: string): string {
  return join(import.meta.dirname, name, "main.ts");
}

async function run(name: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await execa("node", [mainOf(name), ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

describe.each(commands)("hack/%s", (name) => {
  test("tells its flags when asked, and does nothing else", async () => {
    expect(await run(name, "--help")).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(new RegExp(`^Usage: ${name} [^]*--help`)),
      stderr: "",
    });
  });

  test.each([
    ["a flag", "--no-such-flag", /^error: unknown option '--no-such-flag'/],
    ["a word", "no-such-word", /^error: (too many arguments|unknown command 'no-such-word')/],
  ])("refuses %s that it does not know, and does nothing else", async (_, argument, message) => {
    expect(await run(name, argument)).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringMatching(message) });
  });
});
