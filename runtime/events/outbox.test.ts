import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Outbox } from "./outbox.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "outbox-"));
});
afterEach(() => rm(folder, { recursive: true }));

const bodies = (outbox: Outbox, sink: string) => outbox.pending(sink, 100).map(({ body }) => body);

describe("an outbox", () => {
  test("keeps events for each sink in their order until they are delivered", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    outbox.accept(["a", "b"], (sequence) => `first ${sequence}`);
    outbox.accept(["a"], (sequence) => `second ${sequence}`);
    expect(bodies(outbox, "a")).toEqual(["first 1", "second 3"]);
    outbox.settle(outbox.pending("a", 1), "delivered");
    expect([bodies(outbox, "a"), bodies(outbox, "b")]).toEqual([["second 3"], ["first 2"]]);
    expect(outbox.counts()).toEqual({ accepted: 3, delivered: 1, overflowed: 0, refused: 0 });
  });

  test("gives up the oldest beyond its capacity, and counts them", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    for (const name of ["one", "two", "three"]) outbox.accept(["a"], () => name);
    expect(bodies(outbox, "a")).toEqual(["two", "three"]);
    expect(outbox.counts().overflowed).toBe(1);
  });

  test("accepts nothing when the body cannot be made", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    const refuse = () => {
      throw new Error("no body");
    };
    expect(() => outbox.accept(["a", "b"], refuse)).toThrow("no body");
    expect([outbox.depth, outbox.counts().accepted]).toEqual([0, 0]);
  });

  test("counts a parcel once when it is settled twice", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    outbox.accept(["a"], () => "event");
    const parcels = outbox.pending("a", 1);
    outbox.settle(parcels, "delivered");
    outbox.settle(parcels, "delivered");
    expect(outbox.counts().delivered).toBe(1);
  });

  test("has every event that it had accepted when its process was killed", async () => {
    const file = join(folder, "outbox.db");
    const program = `
      const { Outbox } = await import(${JSON.stringify(join(import.meta.dirname, "outbox.ts"))});
      const outbox = new Outbox({ file: ${JSON.stringify(file)}, capacity: 1e6 });
      for (;;) outbox.accept(["a"], (sequence) => { process.stdout.write(sequence - 1 + "\\n"); return "event " + sequence; });`;
    const child = spawn("node", ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.split("\n").length > 200) break;
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    const lastAccepted = Number(said.trimEnd().split("\n").at(-2));
    using outbox = new Outbox({ file, capacity: 1e6 });
    expect(
      outbox
        .pending("a", 1e6)
        .slice(0, lastAccepted)
        .map(({ body }) => body),
    ).toEqual(Array.from({ length: lastAccepted }, (_, index) => `event ${index + 1}`));
  });
});
