import { expect, test } from "@jest/globals";
import { initialProbeState, observeProbe, type ProbeKind } from "./probe-state.ts";

const outcomes = { s: "success", f: "failure" } as const;

/** The verdict after each outcome, as letters: s, f, or ? for none. */
function verdicts(
  kind: ProbeKind,
  told: string,
  thresholds: { successThreshold?: number; failureThreshold?: number },
): string {
  let state = initialProbeState(kind);
  return [...told]
    .map((letter) => {
      state = observeProbe(state, outcomes[letter as "s" | "f"], thresholds);
      return { success: "s", failure: "f", unknown: "?" }[state.result];
    })
    .join("");
}

test.each([
  ["a container is alive until three failures in a row", "liveness", "ffsfff", {}, "sssssf"],
  ["a container is not ready before its first success", "readiness", "fsf", {}, "fss"],
  [
    "readiness is lost at the failure threshold and won back at the success threshold",
    "readiness",
    "sfsffssff",
    { failureThreshold: 2, successThreshold: 2 },
    "ffffffssf",
  ],
  ["a startup probe has no verdict until it succeeds", "startup", "ffs", {}, "??s"],
  ["a startup probe gives up at its threshold", "startup", "ff", { failureThreshold: 2 }, "?f"],
] as const)("%s", (_, kind, told, thresholds, expected) => {
  expect(verdicts(kind, told, thresholds)).toBe(expected);
});
