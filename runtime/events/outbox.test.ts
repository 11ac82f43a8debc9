import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
const letter = (sink: string, text: string) => ({ sink, write: () => text });

describe("an outbox", () => {
  test("keeps events for each sink in their order until they are delivered", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    const numbered = (text: string) => (sink: string) => ({
      sink,
      write: ({ sequence }: { sequence: number }) => `${text} ${sequence}`,
    });
    outbox.accept(["a", "b"].map(numbered("first")));
    outbox.accept(["a"].map(numbered("second")));
    expect(bodies(outbox, "a")).toEqual(["first 1", "second 3"]);
    outbox.settle(outbox.pending("a", 1)[0]!, "delivered");
    expect([bodies(outbox, "a"), bodies(outbox, "b")]).toEqual([["second 3"], ["first 2"]]);
    expect(outbox.counts).toEqual({ accepted: 3, delivered: 1, overflowed: 0, refused: 0 });
  });

  test("gives up the oldest beyond its capacity, and counts them", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    for (const name of ["one", "two", "three"]) outbox.accept([letter("a", name)]);
    expect(bodies(outbox, "a")).toEqual(["two", "three"]);
    expect(outbox.counts.overflowed).toBe(1);
  });

  test("accepts all events or none", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    const refuse = () => {
      throw new Error("no body");
    };
    expect(() => outbox.accept([letter("a", "one"), { sink: "a", write: refuse }])).toThrow("no body");
    expect([outbox.depth, bodies(outbox, "a"), outbox.counts.accepted]).toEqual([0, [], 0]);
  });

  test("keeps its name and its numbers when it is opened again", () => {
    const file = join(folder, "again.db");
    const numbers: unknown[] = [];
    for (let run = 0; run < 2; run += 1) {
      using outbox = new Outbox({ file, capacity: 10 });
      outbox.accept([{ sink: "a", write: (number) => (numbers.push(number), "event") }]);
      expect([outbox.depth, outbox.sinks()]).toEqual([run + 1, ["a"]]);
    }
    const [{ outbox }] = numbers as [{ outbox: string }];
    expect(numbers).toEqual([
      { sequence: 1, outbox },
      { sequence: 2, outbox },
    ]);
  });

  test("never uses a number again, even when all events have gone", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 10 });
    const sequences = [1, 2].map(() => {
      outbox.accept([letter("a", "event")]);
      const [parcel] = outbox.pending("a", 1);
      outbox.settle(parcel!, "delivered");
      return parcel!.sequence;
    });
    expect(sequences).toEqual([1, 2]);
  });

  test("begins anew under another name when its file is damaged", async () => {
    const file = join(folder, "damaged.db");
    const names: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      {
        using outbox = new Outbox({ file, capacity: 10 });
        names.push(outbox.name);
      }
      await writeFile(file, "this is no database, whatever its name says ".repeat(100));
    }
    using outbox = new Outbox({ file, capacity: 10 });
    outbox.accept([letter("a", "event")]);
    expect([bodies(outbox, "a"), new Set([...names, outbox.name]).size]).toEqual([["event"], 3]);
    expect(outbox.beganAnew).toBe(true);
  });

  test("counts a parcel once when it is settled twice", () => {
    using outbox = new Outbox({ file: ":memory:", capacity: 2 });
    outbox.accept([letter("a", "event")]);
    const [parcel] = outbox.pending("a", 1);
    outbox.settle(parcel!, "delivered");
    outbox.settle(parcel!, "delivered");
    expect([outbox.counts.delivered, outbox.depth]).toEqual([1, 0]);
  });

  test("has every event that it had accepted when its process was killed", async () => {
    const file = join(folder, "outbox.db");
    const program = `
      const { Outbox } = await import(${JSON.stringify(join(import.meta.dirname, "outbox.ts"))});
      const outbox = new Outbox({ file: ${JSON.stringify(file)}, capacity: 1e6 });
      const write = ({ sequence }) => { process.stdout.write(sequence - 1 + "\\n"); return "event " + sequence; };
      for (;;) outbox.accept([{ sink: "a", write }]);`;
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
