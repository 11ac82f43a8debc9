import { describe, expect, test } from "@jest/globals";
import { exitCodeOf, wordsOf } from "./ending.ts";
import { BadFlag, readFlags } from "./flags.ts";
import { Stopped } from "./termination.ts";

const stoppedBy = (name: "SIGINT" | "SIGTERM") => AbortSignal.abort(new Stopped(name));
const still = new AbortController().signal;

function thrownFor(args: readonly string[]): unknown {
  try {
    return readFlags(args, { name: { type: "string" } }, "usage: name");
  } catch (error) {
    return error;
  }
}

describe("a command that throws ends with", () => {
  test.each<[string, unknown, AbortSignal | undefined, number, string]>([
    ["what failed and why", new Error("no store", { cause: new Error("no disk") }), still, 1, "no store: no disk"],
    ["what failed, where nothing heeds signals", new Error("no store"), undefined, 1, "no store"],
    ["what it was called with that is wrong", new BadFlag("--port=x is no port"), still, 2, "--port=x is no port"],
    ["what stopped it, whatever that broke", new Error("aborted"), stoppedBy("SIGINT"), 130, "stopped by SIGINT"],
    ["the other signal", new Error("aborted"), stoppedBy("SIGTERM"), 143, "stopped by SIGTERM"],
    ["what is no error", "nothing", still, 1, "nothing"],
  ])("%s", (_, thrown, stop, code, words) => {
    expect([exitCodeOf(thrown, stop), wordsOf(thrown, stop)]).toEqual([code, words]);
  });

  test("the place where a defect is", () => {
    expect(wordsOf(new TypeError("no function"))).toContain("ending.test.ts");
  });

  test("what is wrong with its flags once, though the parser said it before, and the usage", () => {
    const words = wordsOf(thrownFor(["--nam=x"]));
    expect(words.match(/Unknown option '--nam'/g)).toHaveLength(1);
    expect(words).toMatch(/\n\nusage: name$/);
  });
});
