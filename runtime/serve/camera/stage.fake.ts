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
import type { Trial } from "../trial/trial.ts";
import { Camera, type CameraSpec, type FrameEnd } from "./camera.ts";
import type { TrackEvidence } from "./view.ts";

export const side = 8;
export const white = await sharp({ create: { width: side, height: side, channels: 3, background: "white" } })
  .png()
  .toBuffer();
export const period = 200;

const spec: CameraSpec = {
  name: "entrance",
  source: { type: "HTTP", url: "http://camera/" },
  credentials: false,
  gallery: "staff",
  maxFramesPerSecond: 10,
  infer: { identity: true, expression: false },
  sinks: [],
};
export const revision = (name: string) => ({ revision: name, engineKey: `key-${name}` });
export const face = (at: number): Analysis => ({
  faces: [{ box: { x: 0, y: 0, width: 4, height: 4 }, score: 1, embedding: Float32Array.of(at) }],
  timings: [],
  milliseconds: 5,
});

/** A picture that a slot was given, for the test to answer. */
export interface Look {
  by: string;
  image: RgbImage;
  answer: (analysis?: Analysis) => void;
  fail: () => void;
}

/** Lets everything that is due happen, decoding in sharp's threads included. */
export async function settle(isDone: () => boolean = () => true): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 2));
  while (!isDone());
}

/** One camera whose frames and whose slots' answers come when the test says so. */
export function openStage(change: Partial<CameraSpec> = {}) {
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

export type Stage = ReturnType<typeof openStage>;

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

export async function close(camera: Camera, { frames }: Pick<Stage, "frames">): Promise<void> {
  frames.end();
  await camera[Symbol.asyncDispose]();
}
