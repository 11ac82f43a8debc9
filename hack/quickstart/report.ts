import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Accuracy, Share } from "./accuracy.ts";
import type { Counters } from "./counters.ts";

/** What came of one step. */
export interface StepResult {
  name: string;
  expected: string;
  observed: string;
  ok: boolean;
  seconds: number;
}

/** What a run showed; the form of `.quickstart/report.json`. */
export interface Report extends Counters {
  ok: boolean;
  seconds: number;
  steps: StepResult[];
  accuracy: { identity: number; expression: number; tracks: number; expressions: number };
}

/** Part of the tracks of enrolled people on clean cameras that must be named right. */
const identityFloor = 0.95;

/**
 * Draws the sum of a run. It is ok if every step was, no frame was lost at a swap, every event that was accepted arrived,
 * and people were told apart.
 */
export function sumUp(
  steps: StepResult[],
  counters: Counters,
  { identity, expression }: Accuracy,
  seconds: number,
): Report {
  const accuracy = {
    identity: part(identity),
    expression: part(expression),
    tracks: identity.of,
    expressions: expression.of,
  };
  const { frames, events } = counters;
  const ok =
    steps.every((step) => step.ok) &&
    frames.lostAtSwaps === 0 &&
    events.delivered === events.accepted &&
    events.lost === 0 &&
    accuracy.identity >= identityFloor;
  return { ok, seconds: Math.round(seconds), steps, ...counters, accuracy };
}

export async function writeReport(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  await rename(`${file}.tmp`, file);
}

/** The report for people. */
export function describeReport({ ok, seconds, steps, frames, events, accuracy }: Report): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)}%`;
  return [
    "",
    ...steps.flatMap((step) => [
      `${step.ok ? "✓" : "✗"} ${step.name} (${Math.round(step.seconds)} s)`,
      ...(step.ok ? [] : [`    expected: ${step.expected}`]),
      `    ${step.ok ? "" : "observed: "}${step.observed}`,
    ]),
    "",
    `Frames looked at: ${frames.seen}, lost at swaps: ${frames.lostAtSwaps}`,
    `Events accepted: ${events.accepted}, delivered: ${events.delivered}, lost: ${events.lost}`,
    `Identity right on ${percent(accuracy.identity)} of ${accuracy.tracks} tracks of enrolled people before clean cameras`,
    `Expression right in ${percent(accuracy.expression)} of ${accuracy.expressions} events about them`,
    "",
    `${ok ? "All as expected" : "NOT as expected"}, ${seconds} s`,
  ].join("\n");
}

function part({ right, of }: Share): number {
  return of === 0 ? 0 : Number((right / of).toFixed(4));
}
