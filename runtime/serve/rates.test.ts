import { describe, expect, test } from "@jest/globals";
import type { FrameOutcome } from "./camera/camera.ts";
import { Rates } from "./rates.ts";

/** Frames at an even pace, each of an outcome in turn. */
function play(count: number, perSecond: number, outcomes: readonly FrameOutcome[]): Rates {
  const rates = new Rates();
  for (let frame = 0; frame < count; frame += 1) {
    const outcome = outcomes[frame % outcomes.length]!;
    rates.add({ outcome, milliseconds: frame % 100, time: (frame * 1000) / perSecond });
  }
  return rates;
}

describe("the rates of a node", () => {
  test("are unknown while no frame comes", () => {
    expect(new Rates().at(0)).toBeUndefined();
    expect(play(10, 5, ["seen"]).at(120_000)).toBeUndefined();
  });

  test.each<[string, FrameOutcome[], string, string]>([
    ["all frames", ["seen"], "10", "0"],
    ["every other one", ["seen", "dropped"], "5", "0.5"],
    ["none, for want of a model", ["noModel"], "0", "0"],
    ["half, since the others cannot be read", ["seen", "unreadable"], "5", "0"],
  ])("tell how many frames are looked at: %s", (_, outcomes, framesPerSecond, droppedFrames) => {
    expect(play(600, 10, outcomes).at(60_000)).toMatchObject({ framesPerSecond, droppedFrames });
  });

  test("tell the time that 95 of 100 frames take at most", () => {
    expect(play(600, 10, ["seen"]).at(60_000)?.latencyP95Milliseconds).toBe("95");
  });

  test("look back on a minute, and remember no more than that however fast frames come", () => {
    const rates = play(200_000, 4000, ["seen"]);
    expect(Number(rates.at(50_000)?.framesPerSecond)).toBeGreaterThan(3500);
  });
});
