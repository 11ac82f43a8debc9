import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Box } from "../../faces/geometry.ts";
import { createTracker } from "./tracker.ts";

const face = (x: number, y = 50, side = 100): Box => ({ x, y, width: side, height: side });

function trackerOf(patience = 1000) {
  let count = 0;
  return createTracker({ patience, reach: 1, newId: () => `t${(count += 1)}` });
}

function idsOf(frames: readonly { time: number; boxes: readonly Box[] }[], patience?: number): string[][] {
  const tracker = trackerOf(patience);
  return frames.map(({ time, boxes }) => tracker.update(boxes, time).tracks.map((track) => track.id));
}

describe("a track", () => {
  test.each([
    [
      "follows a face that moves by half its size a frame",
      [[face(0)], [face(50)], [face(100)]],
      [["t1"], ["t1"], ["t1"]],
    ],
    ["follows a face that jumps without overlap but within reach", [[face(0)], [face(95)]], [["t1"], ["t1"]]],
    ["does not jump across the frame", [[face(0)], [face(400)]], [["t1"], ["t2"]]],
    ["does not take over a face of another size", [[face(0)], [face(95, 50, 40)]], [["t1"], ["t2"]]],
    [
      "keeps two people apart who stand side by side",
      [
        [face(0), face(150)],
        [face(155), face(10)],
      ],
      [
        ["t1", "t2"],
        ["t2", "t1"],
      ],
    ],
    ["survives a frame in which the face is missed", [[face(0)], [], [face(30)]], [["t1"], [], ["t1"]]],
  ])("%s", (_, frames, ids) => {
    expect(idsOf(frames.map((boxes, index) => ({ time: index * 250, boxes })))).toEqual(ids);
  });

  test("ends when its face is out of sight for longer than the patience", () => {
    const tracker = trackerOf(1000);
    tracker.update([face(0)], 0);
    expect(tracker.expire(1000)).toEqual([]);
    expect(tracker.expire(1001).map((track) => track.id)).toEqual(["t1"]);
    expect(tracker.update([face(0)], 1200).tracks.map((track) => track.id)).toEqual(["t2"]);
  });

  test("belongs to one box of a frame at most, whatever the boxes", () => {
    const box = fc.record({
      x: fc.integer({ min: 0, max: 300 }),
      y: fc.integer({ min: 0, max: 200 }),
      width: fc.integer({ min: 20, max: 120 }),
      height: fc.integer({ min: 20, max: 120 }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(box, { maxLength: 6 }), { maxLength: 8 }), (frames) => {
        const tracker = trackerOf();
        for (const [index, boxes] of frames.entries()) {
          const { tracks } = tracker.update(boxes, index * 200);
          expect(new Set(tracks.map((track) => track.id)).size).toBe(boxes.length);
        }
      }),
    );
  });
});
