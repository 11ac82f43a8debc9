import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import sharp from "sharp";
import { FakeClock } from "../../../operator/kit/clock.fake.ts";
import { createLogger } from "../../../operator/kit/log.ts";
import type { Occurrence } from "../../events/event.ts";
import type { RgbImage } from "../../faces/image.ts";
import type { Analysis } from "../../pipeline/analysis.ts";
import { AnalyzerFailed, type Analyzer } from "../../pipeline/analyzer.ts";
import type { EncodedFrame } from "../../pipeline/source/source.ts";
import { bareSlot } from "../slot/slot.fake.ts";
import { Slots } from "../slot/slots.ts";
import { Trial, type TrialSpec } from "../trial/trial.ts";
import { Camera, type CameraSpec, type FrameEnd } from "./camera.ts";
import type { TrackEvidence } from "./view.ts";

const side = 8;
const white = await sharp({ create: { width: side, height: side, channels: 3, background: "white" } })
  .png()
  .toBuffer();
const period = 200;

const spec: CameraSpec = {
  name: "entrance",
  source: { type: "HTTP", url: "http://camera/" },
  credentials: false,
  gallery: "staff",
  maxFramesPerSecond: 10,
  infer: { identity: true, expression: false },
  sinks: [],
};
const revision = (name: string) => ({ revision: name, engineKey: `key-${name}` });
const gate: TrialSpec["gate"] = {
  alpha: "0.05",
  minSamples: 1,
  deadline: "1h",
  checks: [{ metric: "ChampionAgreement", margin: "0.1", required: true }],
};

const face = (at: number): Analysis => ({
  faces: [{ box: { x: 0, y: 0, width: 4, height: 4 }, score: 1, embedding: Float32Array.of(at) }],
  timings: [],
  milliseconds: 5,
});

/** A picture that a slot was given, for the test to answer. */
interface Look {
  by: string;
  image: RgbImage;
  answer: (analysis?: Analysis) => void;
  fail: () => void;
}

/** Lets everything that is due happen, decoding in sharp's threads included. */
async function settle(isDone: () => boolean = () => true): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 2));
  while (!isDone());
}

/** One camera whose frames and whose slots' answers come when the test says so. */
function setUp(change: Partial<CameraSpec> = {}) {
  const clock = new FakeClock();
  const looks: Look[] = [];
  const closed: string[] = [];
  const slots = new Slots({
    now: () => clock.now(),
    random: () => 0,
    onChange: () => undefined,
    open: ({ revision: name }) => {
      const analyze: Analyzer["analyze"] = (image) => {
        const { promise, resolve, reject } = Promise.withResolvers<Analysis>();
        const fail = () => reject(new AnalyzerFailed(name, "crashed"));
        looks.push({ by: name, image, answer: (analysis = face(0)) => resolve(analysis), fail });
        return promise;
      };
      const slot = bareSlot(name);
      const analyzer = { ...slot.analyzer, analyze, failed: new Promise<AnalyzerFailed>(() => undefined) };
      const dispose = () => Promise.resolve(void closed.push(name));
      return Promise.resolve({ ...slot, analyzer, [Symbol.asyncDispose]: dispose });
    },
  });
  const world = {
    trial: undefined as Trial | undefined,
    tell: (_: readonly Occurrence[]): void => undefined,
    source: async function* (): AsyncGenerator<EncodedFrame, void> {
      for await (const bytes of frames) yield { bytes, capturedAt: clock.now() };
    } as () => AsyncIterable<EncodedFrame>,
  };
  const [ends, told, evidence]: [FrameEnd[], Occurrence[], TrackEvidence[]] = [[], [], []];
  let taken = 0;
  const frames = new Queue<Uint8Array>();
  const open = () =>
    new Camera({
      spec: { ...spec, ...change },
      source: () => world.source(),
      credentials: () => Promise.resolve(undefined),
      slots,
      trial: { running: () => world.trial, observe: (each) => void evidence.push(each) },
      tell: (occurrences) => {
        world.tell(occurrences);
        told.push(...occurrences);
      },
      onState: () => undefined,
      frames: { taken: () => (taken += 1), ended: (end) => void ends.push(end) },
      newTrackId: () => "track",
      clock,
      log: createLogger({ name: "test", level: "silent" }),
    });
  const send = async (bytes: Uint8Array = white, { looked = true } = {}) => {
    await clock.advance(period);
    const before = looks.length;
    frames.push(bytes);
    await settle(() => !looked || looks.length > before);
  };
  const outcomes = () => ends.map(({ outcome }) => outcome);
  return { clock, slots, looks, closed, world, ends, told, evidence, open, send, frames, outcomes, taken: () => taken };
}

/** Values for one reader, in their order. */
class Queue<Value> implements AsyncIterable<Value> {
  readonly #values: Value[] = [];
  #wake: () => void = () => undefined;
  #ended = false;

  push(value: Value): void {
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, void> {
    while (!this.#ended || this.#values.length > 0) {
      const value = this.#values.shift();
      if (value !== undefined) yield value;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

async function close(camera: Camera, { frames }: { frames: Queue<Uint8Array> }): Promise<void> {
  frames.end();
  await camera[Symbol.asyncDispose]();
}

describe("a frame", () => {
  test("that is being looked at while another revision takes over is finished by the one that began", async () => {
    const all = setUp();
    const { slots, looks, closed, ends, told, open, send } = all;
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await settle();
    const camera = open();
    for (let frame = 0; frame < 3; frame += 1) {
      await send();
      if (frame < 2) looks.at(-1)!.answer();
    }
    slots.arrange({ active: revision("b") });
    await send(white, { looked: false });
    expect([looks.map(({ by }) => by), closed]).toEqual([["a", "a", "a"], []]);
    looks.at(-1)!.answer();
    await settle(() => looks.length === 4 && closed.length === 1);
    looks.at(-1)!.answer();
    await settle(() => ends.length === 4);
    await close(camera, all);
    expect([looks.at(-1)!.by, closed, told[0]?.sighting.revision]).toEqual(["b", ["a"], "a"]);
    expect(ends).toMatchObject([{}, {}, { outcome: "seen", swapped: true }, { outcome: "seen", swapped: false }]);
  });

  test.each([
    ["is told to be unreadable when it is no picture", "a", Buffer.from("no picture"), "unreadable"],
    ["is not even decoded while nothing drives", undefined, Buffer.from("no picture"), "noModel"],
  ])("%s", async (_, active, bytes, outcome) => {
    const all = setUp();
    all.slots.arrange(active === undefined ? {} : { active: revision(active) });
    await settle();
    const camera = all.open();
    await all.send(bytes, { looked: false });
    await settle(() => all.ends.length === 1);
    await close(camera, all);
    expect(all.outcomes()).toEqual([outcome]);
  });

  test("is failed when the slot fails, and the next one is looked at", async () => {
    const all = setUp();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    all.looks[0]!.fail();
    await all.send();
    all.looks[1]!.answer();
    await settle(() => all.ends.length === 2);
    await close(camera, all);
    expect(all.outcomes()).toEqual(["failed", "seen"]);
  });

  test("is failed when its events cannot be told, and the next one is looked at", async () => {
    const all = setUp();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    all.world.tell = () => {
      throw new Error("no disk");
    };
    for (let frame = 0; frame < 3; frame += 1) {
      await all.send();
      all.looks[frame]!.answer();
    }
    await settle(() => all.ends.length === 3);
    all.world.tell = () => undefined;
    await close(camera, all);
    expect(all.outcomes()).toEqual(["seen", "seen", "failed"]);
  });

  test("gives its place to a newer one while the one before is looked at", async () => {
    const all = setUp();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    for (let frame = 0; frame < 3; frame += 1) await all.send(white, { looked: false });
    all.looks[0]!.answer();
    await settle(() => all.looks.length === 2);
    all.looks[1]!.answer();
    await close(camera, all);
    expect(all.outcomes()).toEqual(["dropped", "dropped", "seen", "seen"]);
    expect(all.ends.map(({ milliseconds }) => milliseconds)).toEqual([period, period, 3 * period, 0]);
  });

  test("that was taken is looked at before the camera is closed", async () => {
    const all = setUp();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    await all.send(white, { looked: false });
    const closing = close(camera, all);
    all.looks[0]!.answer();
    await settle(() => all.looks.length === 2);
    all.looks[1]!.answer();
    await closing;
    expect([all.outcomes(), all.told.map(({ happening }) => happening.type)]).toEqual([["seen", "seen"], ["ended"]]);
  });

  test("is black where the privacy masks are", async () => {
    const all = setUp({ privacyMasks: [{ name: "left", left: "0", top: "0", width: "0.5", height: "1" }] });
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    const { data } = all.looks[0]!.image;
    all.looks[0]!.answer();
    await close(camera, all);
    const row = Array.from({ length: side }, (_, column) => data[3 * column]);
    expect(row).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
  });

  test("has one end, whatever comes in whatever order, and none is lost at a swap", async () => {
    const step = fc.constantFrom("frame", "answer", "fail", "swap", "nothing", "garbage");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const all = setUp();
        all.slots.arrange({ active: revision("a"), standby: revision("b") });
        await settle();
        const camera = all.open();
        let [active, standby, answered] = ["a", "b", 0];
        const answer = (how: "answer" | "fail") => all.looks.at(answered) && all.looks[answered++]![how]();
        for (const each of steps) {
          if (each === "frame") await all.send(white, { looked: false });
          if (each === "garbage") await all.send(Buffer.from("?"), { looked: false });
          if (each === "answer" || each === "fail") answer(each);
          if (each === "swap") {
            [active, standby] = [standby, active];
            all.slots.arrange({ active: revision(active), standby: revision(standby) });
          }
          await settle();
        }
        let isClosed = false;
        const closing = close(camera, all).then(() => (isClosed = true));
        await settle(() => {
          answer("answer");
          return isClosed;
        });
        await closing;
        expect(all.ends).toHaveLength(all.taken());
        expect(all.ends.filter(({ outcome }) => outcome === "noModel")).toEqual([]);
        expect(all.outcomes().filter((outcome) => outcome === "failed").length).toBeLessThanOrEqual(
          steps.filter((each) => each === "fail").length,
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("a camera whose source fails", () => {
  test("says so and ends nothing else", async () => {
    const all = setUp();
    all.world.source = () => {
      throw new Error("a defect");
    };
    const camera = all.open();
    await settle();
    expect(camera.status).toMatchObject({ name: "entrance", state: "Failed" });
    await close(camera, all);
  });
});

describe("the slot beside", () => {
  const trialOf = (phase: "Shadow" | "Soak") => new Trial({ id: phase, phase, gate }, 0);

  /** Slots a and b with one trial, and a camera on them. */
  async function begin(phase: "Shadow" | "Soak") {
    const all = setUp();
    all.slots.arrange({ active: revision("a"), standby: revision("b") });
    await settle();
    all.world.trial = trialOf(phase);
    const camera = all.open();
    const last = (by: string) => all.looks.filter((look) => look.by === by).at(-1)!;
    const play = async (frames: number, answers: { a: number; b: number }) => {
      for (let frame = 0; frame < frames; frame += 1) {
        await all.send();
        const before = all.looks.length;
        last("a").answer(face(answers.a));
        await settle(() => all.looks.length > before);
        last("b").answer(face(answers.b));
        await settle();
      }
    };
    return { ...all, camera, play, last };
  }

  test.each([
    ["is the candidate in shadow", "Shadow", { a: 0, b: 10 }, -1],
    ["is the champion while the candidate soaks", "Soak", { a: 10, b: 0 }, -1],
    ["agrees", "Shadow", { a: 0, b: 0 }, 0],
  ] as const)("%s", async (_, phase, answers, difference) => {
    const all = await begin(phase);
    await all.play(4, answers);
    await close(all.camera, all);
    const agreement = all.evidence.flatMap(({ differences }) =>
      differences.filter(({ metric }) => metric === "ChampionAgreement"),
    );
    expect(agreement).toEqual([{ metric: "ChampionAgreement", difference }]);
  });

  test("counts in no trial what it saw when the trial turned meanwhile", async () => {
    const all = await begin("Shadow");
    await all.play(3, { a: 0, b: 10 });
    await all.send();
    all.looks.at(-1)!.answer(face(0));
    await settle(() => all.looks.at(-1)!.by === "b");
    all.slots.arrange({ active: revision("b"), standby: revision("a") });
    all.world.trial = trialOf("Soak");
    all.last("b").answer(face(10));
    await settle();
    await close(all.camera, all);
    expect(all.evidence.map(({ trial }) => trial)).toEqual(["Shadow"]);
  });

  test("misses what comes while it looks, which counts against a candidate in shadow", async () => {
    const all = await begin("Shadow");
    for (let frame = 0; frame < 3; frame += 1) {
      await all.send();
      all.last("a").answer();
      await settle();
    }
    expect(all.looks.filter(({ by }) => by === "b")).toHaveLength(1);
    expect([all.world.trial!.speed.frames, all.world.trial!.speed.dropped]).toEqual([2, 1]);
    all.last("b").answer();
    await close(all.camera, all);
  });

  test("does not count against a candidate that soaks, but the frames do that it has no time for", async () => {
    const all = await begin("Soak");
    await all.send();
    await all.send(white, { looked: false });
    await all.send(white, { looked: false });
    all.looks[0]!.answer();
    await settle(() => all.looks.length >= 3);
    expect([all.world.trial!.speed.frames, all.world.trial!.speed.dropped]).toEqual([2, 0.5]);
    all.last("a").answer();
    all.last("b").answer();
    await settle();
    for (const look of all.looks) look.answer();
    await close(all.camera, all);
  });

  test("keeps its slot open until it has looked", async () => {
    const all = await begin("Shadow");
    await all.send();
    all.last("a").answer();
    await settle(() => all.looks.length === 2);
    all.world.trial = undefined;
    all.slots.arrange({ active: revision("a") });
    await settle();
    expect(all.closed).toEqual([]);
    all.last("b").answer();
    await settle(() => all.closed.length === 1);
    await close(all.camera, all);
    expect(all.closed).toEqual(["b"]);
  });
});
