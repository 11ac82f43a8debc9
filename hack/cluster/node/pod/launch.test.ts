import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Container } from "../../api/wire.ts";
import { findExecutable, planLaunch } from "./launch.ts";

const image = { entrypoint: ["node", "main.ts"], workingDirectory: "/app" };
const base = { PATH: "/bin", MODE: "base" };

function plan(fields: Partial<Container>, variables: Record<string, string> = {}) {
  const container = { name: "main", ...fields };
  const volumes = new Map([["store", "/real/store"]]);
  return planLaunch({
    container,
    image,
    variables: new Map(Object.entries(variables)),
    volumes,
    directory: "/own",
    base,
  });
}

test.each([
  ["arguments follow the image's entrypoint", { args: ["serve"] }, ["node", "main.ts", "serve"]],
  ["a command takes the place of the entrypoint", { command: ["sh"], args: ["-c", "x"] }, ["sh", "-c", "x"]],
  ["neither leaves the entrypoint", {}, ["node", "main.ts"]],
  ["variables are expanded", { args: ["--mode=$(MODE)"] }, ["node", "main.ts", "--mode=fast"]],
])("%s", (_, fields, command) => {
  expect(plan(fields, { MODE: "fast" }).command).toEqual(command);
});

test("paths of mounts, of a part of a volume, and of the termination message are real ones", () => {
  const volumeMounts = [
    { name: "store", mountPath: "/store" },
    { name: "store", mountPath: "/parts", subPath: "engines" },
    { name: "store", mountPath: "/own", subPathExpr: "$(POD)/x" },
  ];
  const args = ["/store/a", "/parts/b", "/own/c", "--out=/dev/termination-log"];
  const launch = plan({ args, volumeMounts, workingDir: "/store/w" }, { POD: "p", FILE: "/store/f" });
  expect(launch.command.slice(2)).toEqual([
    "/real/store/a",
    "/real/store/engines/b",
    "/real/store/p/x/c",
    "--out=/own/termination-log",
  ]);
  expect(launch.environment).toEqual({ PATH: "/bin", MODE: "base", POD: "p", FILE: "/real/store/f" });
  expect(launch.workingDirectory).toBe("/real/store/w");
});

test("what the image sets stays, though the container mounts over the folder that it lies in", () => {
  const volumeMounts = [{ name: "store", mountPath: "/tmp" }];
  const launch = planLaunch({
    container: { name: "main", volumeMounts },
    image: { ...image, env: { PATH: "/tmp/checkout/bin" } },
    variables: new Map([
      ["PATH", "/tmp/checkout/bin"],
      ["SCRATCH", "/tmp/x"],
    ]),
    volumes: new Map([["store", "/real/store"]]),
    directory: "/own",
    base,
  });
  expect(launch.environment).toMatchObject({ PATH: "/tmp/checkout/bin", SCRATCH: "/real/store/x" });
});

test("a program is found as a shell finds it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "launch-"));
  await writeFile(join(folder, "tool"), "", { mode: 0o755 });
  await writeFile(join(folder, "text"), "", { mode: 0o644 });
  const find = (command: string) =>
    findExecutable({
      command: [command],
      environment: { PATH: `/nowhere:${folder}` },
      workingDirectory: folder,
      mappings: [],
    });
  expect(await find("tool")).toBe(join(folder, "tool"));
  expect(await find("./tool")).toBe(join(folder, "tool"));
  expect(await find(join(folder, "tool"))).toBe(join(folder, "tool"));
  expect(await find("text")).toBeUndefined();
  expect(await find("nobody")).toBeUndefined();
  await rm(folder, { recursive: true });
});
