import { chmod, mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { prepareEnvironment } from "./environment.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "facefleet-environment-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that answers as Python does; `pip` is what its `-m pip` does, in shell. */
async function python(version: string, pip: string): Promise<string> {
  const path = join(folder, "python");
  await writeFile(
    path,
    `#!/bin/sh
case "$1 $2" in
  "-c import platform"*) echo ${version} ;;
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") echo "Downloading torch (500 MB)"; ${pip} ;;
esac
`,
  );
  await chmod(path, 0o755);
  return path;
}

const oracles = (): string => join(folder, "oracles");
const options = { progress: (): void => undefined };

test("an environment is made once, and linked", async () => {
  const log = join(folder, "log");
  const interpreter = await python("3.12.1", `echo installed >> ${log}`);
  const told: string[] = [];
  const made = await prepareEnvironment({ folder: oracles(), interpreter, progress: (line) => told.push(line) });
  expect(made).toBe(join(oracles(), "venv", "bin", "python"));
  expect(told).toContain("Downloading torch (500 MB)");
  await prepareEnvironment({ folder: oracles(), interpreter, progress: () => expect("nothing").toBe("told") });
  expect(await readdir(oracles())).toEqual(["venv", await readlink(join(oracles(), "venv"))]);
});

test("one of other requirements takes the place of the one before", async () => {
  await prepareEnvironment({ folder: oracles(), interpreter: await python("3.11.4", "true"), ...options });
  const before = await readlink(join(oracles(), "venv"));
  await prepareEnvironment({ folder: oracles(), interpreter: await python("3.13.0", "true"), ...options });
  expect(await readlink(join(oracles(), "venv"))).not.toBe(before);
  expect(await readdir(oracles())).not.toContain(before);
});

test("a failed installation leaves nothing, and says what pip said", async () => {
  const interpreter = await python("3.12.1", "echo 'ERROR: No matching distribution'; exit 1");
  const install = prepareEnvironment({ folder: oracles(), interpreter, ...options });
  await expect(install).rejects.toThrow("ERROR: No matching distribution");
  expect(await readdir(oracles())).toEqual([]);
});

test("an interrupted installation leaves nothing", async () => {
  const interruption = new AbortController();
  const interpreter = await python("3.12.1", "exec sleep 60");
  const install = prepareEnvironment({
    folder: oracles(),
    interpreter,
    signal: interruption.signal,
    progress: (line) => line.startsWith("Downloading") && interruption.abort(new Error("enough")),
  });
  await expect(install).rejects.toThrow("enough");
  expect(await readdir(oracles())).toEqual([]);
});

test.each([
  { name: "an old Python is refused", version: "3.10.2", says: /is Python 3.10.2: put Python 3.11 or newer into PATH/ },
])("$name", async ({ version, says }) => {
  const interpreter = await python(version, "true");
  await expect(prepareEnvironment({ folder: oracles(), interpreter, ...options })).rejects.toThrow(says);
});

test("a Python that is not there is told", async () => {
  const interpreter = join(folder, "nowhere");
  const install = prepareEnvironment({ folder: oracles(), interpreter, ...options });
  await expect(install).rejects.toThrow(/nowhere is no working Python/);
});
