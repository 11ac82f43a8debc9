import { describe, expect, test } from "@jest/globals";
import type { Occurrence } from "../../events/event.ts";
import type { FaceObservation } from "../../pipeline/analysis.ts";
import { forgetErased, type GallerySpec } from "../slot/galleries.ts";
import type { Slot } from "../slot/holder.ts";
import { bareSlot, lineGallery } from "../slot/slot.fake.ts";
import { View } from "./view.ts";

const labels = ["neutral", "happy"];
const size = { width: 400, height: 300 };
/** Milliseconds between two frames. */
const period = 200;
const epoch = Date.UTC(2026, 0, 1);

interface Face {
  /** Where on the line of embeddings. */
  at?: number;
  look?: "neutral" | "happy";
  /** Left edge of the box. */
  x?: number;
}

function observed({ at, look, x = 100 }: Face): FaceObservation {
  const probabilities = Float32Array.from(labels, (label) => (label === look ? 0.9 : 0.1));
  return {
    box: { x, y: 100, width: 80, height: 80 },
    score: 1,
    ...(at !== undefined && { embedding: Float32Array.of(at) }),
    ...(look !== undefined && { expression: { label: look, probability: 0.9, reported: true, probabilities } }),
  };
}

/** A camera's view with a frame each 200 ms. */
function setUp({ gallery }: { gallery: string | undefined } = { gallery: "staff" }) {
  let [tracks, time] = [0, 0];
  const view = new View({ camera: "entrance", gallery, newTrackId: () => `t${(tracks += 1)}` });
  const told: Occurrence[] = [];
  const see = (slot: Slot, ...faces: Face[]) => {
    time += period;
    const analysis = { faces: faces.map(observed), timings: [], milliseconds: 1 };
    const seen = view.see({ arrivedAt: time, capturedAt: epoch + time, size, slot, analysis });
    told.push(...seen.occurrences);
    return { ...seen, analysis };
  };
  const times = (count: number, slot: Slot, ...faces: Face[]) => {
    for (let frame = 0; frame < count; frame += 1) see(slot, ...faces);
  };
  const leave = (after = 2_000) => {
    time += after;
    const ended = view.expire(time);
    told.push(...ended.occurrences);
    return ended;
  };
  return { view, see, times, leave, told, heard: () => told.map(summaryOf) };
}

function summaryOf({ sighting: { track, revision }, happening }: Occurrence): string {
  const who = "identity" in happening && happening.identity;
  const name = who ? ` ${who.known ? who.person : "unknown"}` : "";
  const expression = "expression" in happening ? happening.expression : undefined;
  const look = expression === undefined ? "" : ` ${expression.label}`;
  return `${track} ${happening.type}${name}${look} by ${revision}`;
}

describe("a camera's view", () => {
  test("tells who somebody is and how they look once, and that they left", () => {
    const { times, leave, heard } = setUp();
    times(8, bareSlot("a"), { at: 0.5, look: "happy" });
    leave();
    expect(heard()).toEqual(["t1 expression happy by a", "t1 identified ann by a", "t1 ended ann happy by a"]);
  });

  test("tells each of two people apart", () => {
    const { times, leave, heard } = setUp();
    times(4, bareSlot("a"), { at: 0, x: 20 }, { at: 30, x: 250 });
    leave();
    expect(heard()).toEqual([
      "t1 identified ann by a",
      "t2 identified unknown by a",
      "t1 ended ann by a",
      "t2 ended unknown by a",
    ]);
  });

  test("tells again when it turns out to be somebody else, or they look otherwise", () => {
    const { times, heard } = setUp();
    const slot = bareSlot("a");
    times(4, slot, { at: 0, look: "neutral" });
    times(60, slot, { at: 10, look: "happy" });
    expect(heard()).toEqual([
      "t1 expression neutral by a",
      "t1 identified ann by a",
      "t1 identified unknown by a",
      "t1 expression happy by a",
      "t1 identified ben by a",
    ]);
  });

  test("says of an event where, when, by which engines and by which version of the gallery", () => {
    const { times, told } = setUp();
    times(3, bareSlot("a"), { at: 0 });
    expect(told).toMatchObject([
      {
        sighting: {
          camera: "entrance",
          track: "t1",
          time: epoch + 3 * period,
          box: { x: 100, y: 100, width: 80, height: 80 },
          frame: size,
          revision: "a",
          engineKey: "key-a",
          galleryVersion: "v1",
        },
        happening: { identity: { known: true, person: "ann", distance: 0 } },
      },
    ]);
  });

  test("calls nobody unknown where there is no gallery, or none is loaded", () => {
    for (const [gallery, slot] of [
      [undefined, bareSlot("a")],
      ["staff", bareSlot("a", { name: "staff", version: "v1", people: 0, message: "no key" })],
    ] as const) {
      const { times, leave, heard } = setUp({ gallery });
      times(5, slot, { at: 0 });
      leave();
      expect(heard()).toEqual(["t1 ended by a"]);
    }
  });

  test("keeps following people whose camera's clock runs wild", () => {
    const { view, heard, told } = setUp();
    const slot = bareSlot("a");
    for (const [frame, capturedAt] of [9e12, 1, 5e11, 0].entries()) {
      const analysis = { faces: [observed({ at: 0 })], timings: [], milliseconds: 1 };
      told.push(...view.see({ arrivedAt: frame * period, capturedAt, size, slot, analysis }).occurrences);
      view.expire(frame * period + 100);
    }
    expect(heard()).toEqual(["t1 identified ann by a"]);
  });
});

describe("a track that spans a swap", () => {
  test("is read anew: embeddings of two revisions are never mixed", () => {
    const { see, times, heard } = setUp();
    times(2, bareSlot("a"), { at: 0 });
    const b = bareSlot("b", lineGallery({ ann: 100 }));
    times(2, b, { at: 100 });
    expect(heard()).toEqual([]);
    see(b, { at: 100 });
    expect(heard()).toEqual(["t1 identified ann by b"]);
  });

  test("is not told again who it is, unless the new revision sees somebody else", () => {
    const { times, heard } = setUp();
    times(3, bareSlot("a"), { at: 0, look: "happy" });
    times(9, bareSlot("b"), { at: 0, look: "happy" });
    times(9, bareSlot("c"), { at: 10, look: "happy" });
    expect(heard()).toEqual(["t1 expression happy by a", "t1 identified ann by a", "t1 identified ben by c"]);
  });

  test("ends as it was told when the new revision has seen too little of it", () => {
    const { times, see, leave, heard } = setUp();
    times(3, bareSlot("a"), { at: 0, look: "happy" });
    see(bareSlot("b"), { at: 10, look: "neutral" });
    leave();
    expect(heard().at(-1)).toBe("t1 ended ann happy by b");
  });
});

describe("a person who is erased from the gallery", () => {
  const erase = (slot: Slot) =>
    forgetErased(slot.galleries, [{ name: "staff", people: [{ id: "ben" }] } as unknown as GallerySpec]);

  test("is not recognized any more, from the next frame on, and not at the end either", () => {
    const { times, leave, heard } = setUp();
    const slot = bareSlot("a");
    times(5, slot, { at: 0 });
    erase(slot);
    times(1, slot, { at: 0 });
    leave();
    expect(heard()).toEqual(["t1 identified ann by a", "t1 identified unknown by a", "t1 ended unknown by a"]);
  });

  test("is not named at the end when no frame came since", () => {
    const { times, leave, heard } = setUp();
    const [a, b] = [bareSlot("a"), bareSlot("b")];
    times(5, a, { at: 0 });
    times(1, b, { at: 0 });
    erase(b);
    leave();
    expect(heard().at(-1)).toBe("t1 ended by b");
  });

  test("leaves the others as they were", () => {
    const { times, heard } = setUp();
    const slot = bareSlot("a");
    erase(slot);
    times(3, slot, { at: 10 });
    expect([heard(), slot.galleries.get("staff")?.people]).toEqual([["t1 identified ben by a"], 1]);
  });
});

describe("the evidence of a track", () => {
  /** Frames of one person as a champion and a candidate see them. */
  function play(trials: readonly string[], candidateAt: number) {
    const { view, see, leave } = setUp();
    const [champion, candidate] = [bareSlot("champion"), bareSlot("candidate")];
    for (const trial of trials) {
      const { tracks, analysis } = see(champion, { at: 0 });
      const faces = tracks.map((track, index) => ({
        track,
        champion: analysis.faces[index],
        candidate: observed({ at: candidateAt }),
      }));
      view.compare({ trial, faces, candidate, champion });
    }
    return leave().evidence;
  }

  test("is given when the track ends, one difference a metric", () => {
    expect(play(["one", "one", "one", "one"], 10)).toEqual([
      {
        trial: "one",
        differences: [
          { metric: "TrackIdentityConsistency", difference: 0 },
          { metric: "ChampionAgreement", difference: -1 },
        ],
      },
    ]);
  });

  test("is that of the last trial only when the track spans two", () => {
    expect(play(["one", "one", "one", "two", "two"], 0)).toEqual([{ trial: "two", differences: [] }]);
    expect(play(["one", "two", "two", "two"], 0)).toMatchObject([{ trial: "two", differences: [{}, {}] }]);
  });

  test("is none for a track that was seen by one slot only", () => {
    const { times, leave } = setUp();
    times(5, bareSlot("a"), { at: 0 });
    expect(leave().evidence).toEqual([]);
  });

  test("counts for nothing when the track had ended before the other slot had looked", () => {
    const { view, see, leave } = setUp();
    const [a, b] = [bareSlot("a"), bareSlot("b")];
    const { tracks, analysis } = see(a, { at: 0 });
    leave();
    const faces = [{ track: tracks[0]!, champion: analysis.faces[0], candidate: undefined }];
    expect(() => view.compare({ trial: "one", faces, candidate: b, champion: a })).not.toThrow();
    expect(view.expire(Infinity).evidence).toEqual([]);
  });
});
