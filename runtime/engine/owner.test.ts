import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lock } from "./lock.ts";
import { isAbandoned, ownedName, ownerOf, self, silenceLimit, type Trace } from "./owner.ts";
import { publishFile, publishFolder } from "./publish.ts";
import { makeWorkspace, sweepWorkspaces } from "./workspace.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "owner-"))));
afterEach(() => rm(folder, { recursive: true }));

const me = { boot: "aaaaaaaa", space: "bbbbbbbb", pid: 10 };
const alive = (pid: number) => pid === 20;
const old = silenceLimit + 1;

test.each<[string, Trace, boolean]>([
  ["of this process is in use", { owner: me, silentFor: old, ours: true }, false],
  ["of an earlier process with our number is not", { owner: me, silentFor: 0, ours: false }, true],
  ["of a process that runs is", { owner: { ...me, pid: 20 }, silentFor: old, ours: false }, false],
  ["of a process that has ended is not", { owner: { ...me, pid: 30 }, silentFor: 0, ours: false }, true],
  ["from before the boot is not", { owner: { ...me, boot: "cccccccc" }, silentFor: 0, ours: false }, true],
  [
    "of another container that gives signs of life is",
    { owner: { ...me, space: "dddddddd", pid: 30 }, silentFor: 1, ours: false },
    false,
  ],
  [
    "of another container that fell silent is not",
    { owner: { ...me, space: "dddddddd", pid: 20 }, silentFor: old, ours: false },
    true,
  ],
  ["of nobody known is in use while it is fresh", { owner: undefined, silentFor: 1, ours: false }, false],
  ["of nobody known is not once it is old", { owner: undefined, silentFor: old, ours: false }, true],
])("a file %s", (_, trace, wanted) => {
  expect(isAbandoned(trace, me, alive)).toBe(wanted);
});

test("an owner is read back from the name that tells it", () => {
  expect(ownerOf(ownedName(me))).toEqual(me);
  expect(ownerOf("something else")).toBeUndefined();
  expect(ownedName()).not.toBe(ownedName());
});

describe("a workspace", () => {
  test("is gone after use, with all that is in it", async () => {
    {
      await using work = await makeWorkspace(folder);
      await writeFile(join(work.path, "half"), "x");
      expect(await sweepWorkspaces(folder, Date.now())).toBe(0);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a killed process is swept by the next one", async () => {
    const script = `
      const { makeWorkspace } = await import(${JSON.stringify(join(import.meta.dirname, "workspace.ts"))});
      const work = await makeWorkspace(${JSON.stringify(folder)});
      (await import("node:fs")).writeFileSync(work.path + "/half", "x");
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(await sweepWorkspaces(folder, Date.now())).toBe(0);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await sweepWorkspaces(folder, Date.now())).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("that is not there yet needs no sweep", async () => {
    expect(await sweepWorkspaces(join(folder, "none"), Date.now())).toBe(0);
  });
});

describe("a lock", () => {
  const options = { patience: 10_000, now: Date.now };

  test("is held by one at a time", async () => {
    const path = join(folder, "key");
    let holders = 0;
    const hold = async () => {
      await using stack = new AsyncDisposableStack();
      stack.use(await lock(path, options));
      holders += 1;
      expect(holders).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      holders -= 1;
    };
    await Promise.all([hold(), hold(), hold()]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a process that has ended is taken over", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await writeFile(join(folder, "key"), ownedName({ ...self, pid: child.pid! }));
    await using held = new AsyncDisposableStack();
    held.use(await lock(join(folder, "key"), options));
    expect(await readdir(folder)).toEqual(["key"]);
  });

  test("that is not had in time is an error that says so", async () => {
    await writeFile(join(folder, "key"), ownedName({ ...self, space: "dddddddd" }));
    let time = 0;
    const waiting = lock(join(folder, "key"), { patience: 1000, now: () => (time += 600) });
    await expect(waiting).rejects.toMatchObject({ reason: "StoreLocked", retryable: true });
  });

  test("is waited for only until the signal", async () => {
    await writeFile(join(folder, "key"), ownedName({ ...self, space: "dddddddd" }));
    const stop = new AbortController();
    const waiting = lock(join(folder, "key"), { ...options, signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("publication", () => {
  const make = async (name: string, text: string) => {
    await mkdir(join(folder, name, "sub"), { recursive: true });
    await writeFile(join(folder, name, "sub", "file"), text);
    return join(folder, name);
  };

  test("of a folder gives it its name once; what comes later is dropped", async () => {
    expect(await publishFolder(await make("first", "1"), join(folder, "to", "key"))).toBe(true);
    expect(await publishFolder(await make("second", "2"), join(folder, "to", "key"))).toBe(false);
    expect(await readdir(folder)).toEqual(["to"]);
    expect(await readFile(join(folder, "to", "key", "sub", "file"), "utf8")).toBe("1");
  });

  test("of a file takes the place of an older one", async () => {
    for (const text of ["1", "2"]) {
      await writeFile(join(folder, "work"), text);
      await publishFile(join(folder, "work"), join(folder, "to", "file"));
    }
    expect(await readdir(folder)).toEqual(["to"]);
    expect(await readFile(join(folder, "to", "file"), "utf8")).toBe("2");
  });
});
