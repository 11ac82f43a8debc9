import { beforeEach, describe, expect, test } from "@jest/globals";
import { validNodeRuntime } from "../../../test/support/builders.ts";
import { Attempts, type AttemptsRecord, CandidateEndsProcess } from "./attempts.ts";

const a = { revision: "a", engineKey: "key-a" };
const b = { revision: "b", engineKey: "key-b" };
const trial = (phase: "Shadow" | "Soak") => ({ ...validNodeRuntime().spec.trial!, phase });
const shadow = { slots: { active: a, standby: b }, trial: trial("Shadow") };
const soak = { slots: { active: b, standby: a }, trial: trial("Soak") };

let now: number;
beforeEach(() => void (now = 0));
const run = (past?: AttemptsRecord) => new Attempts(() => now, past);

/** What so many runs leave that end at once after both slots began to open. */
function crashes(count: number, spec: typeof shadow = shadow): AttemptsRecord | undefined {
  let past: AttemptsRecord | undefined;
  for (let index = 0; index < count; index++) {
    const attempts = run(past);
    for (const slot of [a, b]) attempts.begin(slot, spec);
    past = attempts.record;
  }
  return past;
}

describe("a candidate", () => {
  test.each([
    ["in the shadow", shadow],
    ["that soaks", soak],
  ])("%s is not opened again after five runs that ended soon", (_, spec) => {
    expect(() => run(crashes(4, spec)).begin(b, spec)).not.toThrow();
    expect(() => run(crashes(5, spec)).begin(b, spec)).toThrow(CandidateEndsProcess);
    expect(() => run(crashes(5, spec)).begin(a, spec)).not.toThrow();
  });

  test("that was held well for a while is forgiven", () => {
    const attempts = run(crashes(4));
    attempts.begin(b, shadow);
    now = 30_000;
    expect(attempts.record).toBeUndefined();
  });

  test("is not blamed for runs that ended because they were asked to", () => {
    const attempts = run(crashes(4));
    attempts.begin(b, shadow);
    attempts.end();
    expect(attempts.record).toEqual({ engineKey: "key-b", runs: 4 });
  });

  test("that is opened again in one run counts once", () => {
    const attempts = run();
    attempts.begin(b, shadow);
    attempts.begin(b, shadow);
    expect(attempts.record?.runs).toBe(1);
  });

  test("is another one under another key", () => {
    const other = { ...shadow, slots: { active: a, standby: { ...b, engineKey: "key-c" } } };
    expect(() => run(crashes(5)).begin(other.slots.standby, other)).not.toThrow();
  });

  test.each([
    ["that is compared with nothing", { slots: { active: b } }],
    ["without anything else to go on with", { slots: { active: b }, trial: trial("Soak") }],
  ])("%s is opened for ever", (_, spec) => {
    expect(() => run(crashes(5)).begin(b, spec)).not.toThrow();
  });
});
