import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { UsageError } from "../cluster/errors.ts";
import { claim } from "./claim.ts";

/** A process that claims a folder and waits. */
async function claimElsewhere(folder: string) {
  const script = `import { claim } from ${JSON.stringify(join(import.meta.dirname, "claim.ts"))};
    await claim(${JSON.stringify(folder)}); console.log("claimed"); setInterval(() => undefined, 1000);`;
  const child = spawn("node", ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("a folder that another process uses is refused with its number and the remedy, and is free once that is killed", async () => {
  const folder = `/nowhere/${crypto.randomUUID()}`;
  const other = await claimElsewhere(folder);
  const refusal = await claim(folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(UsageError);
  expect((refusal as UsageError).message).toBe(
    `process ${other.pid} is using ${folder}: wait for it, end it with \`kill ${other.pid}\`, or run this one in another clone`,
  );
  other.kill("SIGKILL");
  await once(other, "exit");
  await using _claim = await claim(folder);
});

test("a folder can be claimed again once the claim has been given up", async () => {
  const folder = `/nowhere/${crypto.randomUUID()}`;
  await (await claim(folder))[Symbol.asyncDispose]();
  await using _claim = await claim(folder);
});

test("two folders are claimed apart", async () => {
  await using _one = await claim(`/nowhere/${crypto.randomUUID()}`);
  await using _other = await claim(`/nowhere/${crypto.randomUUID()}`);
});
