import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Fault, FakeApiServer } from "./api-server.fake.ts";
import { FakeClock } from "./clock.fake.ts";
import { systemClock } from "./clock.ts";
import { buildEvent, cutToBytes, eventName, formatMicros, type Happening, type KubeEvent } from "./event.ts";
import { createEventRecorder, type EventRecorder, type EventRecorderOptions } from "./events.ts";
import { eventually } from "./eventually.fake.ts";
import { createClient } from "./http-client.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";

const THING = {
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: "front-door", namespace: "d", uid: "u1", resourceVersion: "1" },
};
const REPORTER = { controller: "example.com/controller", instance: "pod-1" };

function happening(reason: string, note = "it happened", regarding = THING): Happening {
  return { regarding, type: "Normal", reason, note };
}

interface Rig extends AsyncDisposable {
  readonly server: FakeApiServer;
  readonly recorder: EventRecorder;
  /** The Events that the server has, in the order in which it lists them: by name. */
  events(): KubeEvent[];
  drain(): Promise<void>;
  dropped(): Promise<number>;
}

async function startRig(options: Partial<EventRecorderOptions> = {}): Promise<Rig> {
  const server = await FakeApiServer.start();
  const client = createClient({ connection: server.connection });
  const metrics = createMetrics();
  const log = createLogger({ name: "test", level: "silent" });
  const recorder = createEventRecorder({
    ...{ client, clock: systemClock, random: () => 1, log, reporter: REPORTER, metrics },
    ...options,
  });
  return {
    ...{ server, recorder },
    events: () =>
      (server.objects("apis/events.k8s.io/events") as KubeEvent[]).sort((a, b) =>
        a.metadata.name < b.metadata.name ? -1 : 1,
      ),
    drain: () => recorder.drain(AbortSignal.timeout(5_000)),
    async dropped() {
      const { values } = await metrics.registry.getSingleMetric("kit_events_dropped_total")!.get();
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("a recorder of events", () => {
  test("writes what happened, where it belongs and who says so", async () => {
    await using rig = await startRig();
    rig.recorder.record(happening("Built", "the engine is there"));
    await rig.drain();
    expect(rig.events()).toMatchObject([
      {
        metadata: { namespace: "d" },
        regarding: { kind: "Thing", name: "front-door", namespace: "d", uid: "u1", apiVersion: "example.com/v1" },
        reason: "Built",
        action: "Built",
        note: "the engine is there",
        reportingController: "example.com/controller",
        reportingInstance: "pod-1",
        type: "Normal",
      },
    ]);
    expect(rig.events()[0]!.eventTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test("keeps the order of what happened within a millisecond, in the times and in the names", async () => {
    const clock = new FakeClock();
    await using rig = await startRig({ clock });
    const reasons = Array.from({ length: 30 }, (_, index) => `Step${index}`);
    for (const reason of reasons) rig.recorder.record(happening(reason));
    await eventually(
      () => (clock.advance(0).catch(() => undefined), rig.events().length),
      (written) => written === 30,
    );
    expect(rig.events().map(({ reason }) => reason)).toEqual(reasons);
    const times = rig.events().map(({ eventTime }) => eventTime);
    expect(new Set(times).size).toBe(30);
    expect([...times].sort()).toEqual(times);
  });

  test("counts what happens again and again in one event", async () => {
    await using rig = await startRig({ gather: 60_000 });
    for (let times = 0; times < 5; times += 1) rig.recorder.record(happening("Failing"));
    await rig.drain();
    expect(rig.events()).toMatchObject([{ reason: "Failing", series: { count: 5 } }]);
    expect(rig.server.received.length).toBe(2);
  });

  test("writes the count when it has been gathered for long enough, without being drained", async () => {
    await using rig = await startRig({ gather: 1 });
    for (let times = 0; times < 3; times += 1) rig.recorder.record(happening("Failing"));
    await eventually(
      () => rig.events()[0]?.series?.count,
      (count) => count === 3,
    );
  });

  test("begins a new event when the same happens after the window", async () => {
    const clock = new FakeClock();
    await using rig = await startRig({ clock, window: 1_000 });
    rig.recorder.record(happening("Failing"));
    await clock.advance(1_001);
    rig.recorder.record(happening("Failing"));
    await eventually(
      () => (clock.advance(0).catch(() => undefined), rig.events().length),
      (written) => written === 2,
    );
  });

  test("takes a different note, or another object of the same name, for something else", async () => {
    await using rig = await startRig();
    rig.recorder.record(happening("Moved", "to wave 1"));
    rig.recorder.record(happening("Moved", "to wave 2"));
    rig.recorder.record(happening("Moved", "to wave 1", { ...THING, metadata: { ...THING.metadata, uid: "u2" } }));
    await rig.drain();
    expect(rig.events().length).toBe(3);
  });

  test("lets no object flood the others out", async () => {
    await using rig = await startRig({ rate: { burst: 3, every: 60_000 } });
    for (let index = 0; index < 10; index += 1) rig.recorder.record(happening(`Noise${index}`));
    rig.recorder.record(happening("Heard", "once", { ...THING, metadata: { ...THING.metadata, uid: "u2" } }));
    await rig.drain();
    expect(rig.events().map(({ reason }) => reason)).toEqual(["Noise0", "Noise1", "Noise2", "Heard"]);
    expect(await rig.dropped()).toBe(7);
  });

  test("keeps no more than its buffer while the server is away, and never throws", async () => {
    await using rig = await startRig({ bufferLimit: 4 });
    rig.server.fail("write", { type: "mute" });
    for (let index = 0; index < 10; index += 1) rig.recorder.record(happening(`Step${index}`));
    await rig.recorder.drain(AbortSignal.timeout(20));
    expect(await rig.dropped()).toBe(10);
  });

  test.each<[string, Fault]>([
    ["is reset", { type: "reset" }],
    ["meets 500", { type: "refuse", code: 500, reason: "InternalError" }],
    ["meets 429", { type: "refuse", code: 429, reason: "TooManyRequests", retryAfter: 0 }],
  ])("writes again what %s, and in order", async (_story, fault) => {
    await using rig = await startRig();
    rig.server.fail("write", fault);
    for (const reason of ["First", "Second"]) rig.recorder.record(happening(reason));
    await rig.drain();
    expect(rig.events().map(({ reason }) => reason)).toEqual(["First", "Second"]);
  });

  test("gives up what the server refuses, and goes on with the next", async () => {
    await using rig = await startRig();
    rig.server.fail("write", { type: "refuse", code: 403, reason: "Forbidden" });
    for (const reason of ["First", "Second"]) rig.recorder.record(happening(reason));
    await rig.drain();
    expect(rig.events().map(({ reason }) => reason)).toEqual(["Second"]);
  });

  test("puts events of cluster-scoped objects where the API server takes them", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "orin-1", uid: "n", resourceVersion: "1" } };
    const event = buildEvent({ regarding: node, type: "Warning", reason: "Gone", note: "x" }, REPORTER, 1);
    expect([event.metadata.namespace, "namespace" in event.regarding]).toEqual(["default", false]);
  });
});

describe("an event", () => {
  test("has its time in microseconds", () => {
    expect(formatMicros(Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 9)).toBe("2026-01-02T03:04:05.678009Z");
  });

  test("has names that are as valid and as long as the API server takes, and sort by time", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/);
    const time = fc.integer({ min: 1.6e15, max: 4e15 });
    fc.assert(
      fc.property(name, time, time, (name, a, b) => {
        expect(eventName(name, a)).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
        expect(eventName(name, a).length).toBeLessThanOrEqual(253);
        expect(eventName(name, a) < eventName(name, b)).toBe(a < b);
      }),
    );
  });

  test("has a note that is cut at a character and fits", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 8, max: 100 }), (text, limit) => {
        const cut = cutToBytes(text, limit);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
        if (cut !== text) expect(text.startsWith(cut.slice(0, -1)) && cut.endsWith("…")).toBe(true);
      }),
    );
  });
});
