import { expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";

const MODULES = ["termination.ts", "log.ts"].map((file) => JSON.stringify(new URL(file, import.meta.url).href));
/** Stops in good order when `lingers` is false; otherwise never. */
const script = (lingers: boolean): string => `
  const [{ terminationSignal }, { createLogger }] = await Promise.all([import(${MODULES[0]!}), import(${MODULES[1]!})]);
  const signal = terminationSignal(createLogger({ name: "test" }));
  const busy = setInterval(() => undefined, 1_000);
  signal.addEventListener("abort", () => {
    if (!${lingers}) clearInterval(busy);
    console.log("stopping");
  });
  console.log("running");
`;

async function interrupt(lingers: boolean, signals: readonly NodeJS.Signals[]): Promise<number | null> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script(lingers)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  for (const signal of signals) {
    await once(child.stdout, "data");
    child.kill(signal);
  }
  child.stdout.resume();
  return (await exited)[0];
}

test("the first signal asks for a stop in good order", async () => {
  expect(await interrupt(false, ["SIGTERM"])).toBe(0);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a second %s ends the process at once with %i", async (signal, code) => {
  expect(await interrupt(true, ["SIGTERM", signal])).toBe(code);
});
