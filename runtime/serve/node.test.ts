import { createServer } from "node:http";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SlotRevision } from "../../crds/enginebuild.ts";
import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { readState, stateFile } from "./state.ts";
import { nobody, people, Site, until, type Color, type Metrics, type SiteNode, type SpecParts } from "./site.fake.ts";

let site: Site;
let a: SlotRevision;
beforeEach(async () => {
  site = await Site.open();
  a = await site.build("a");
});
afterEach(() => site[Symbol.asyncDispose]());

const silent = createLogger({ name: "test", level: "silent" });
let generation = 0;
const order = (spec: NodeRuntimeSpec) => ({ uid: "uid-1", generation: (generation += 1), spec });
const ends = (metrics: Metrics, camera: string) => {
  const count = (outcome: string) => metrics[`facefleet_frames_total{camera="${camera}",outcome="${outcome}"}`]!;
  const outcomes = ["seen", "dropped", "unreadable", "noModel", "failed"];
  return Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)]));
};
const active = ({ supervisor }: SiteNode) => supervisor.facts.slots.active;
const isReady = (node: SiteNode, revision: string) =>
  active(node)?.revision === revision && active(node)?.state === "Ready";

type CameraParts = NonNullable<SpecParts["cameras"]>[number];
type TrialParts = NonNullable<SpecParts["trial"]>;

/** A camera that recognizes people and reads expressions, if not told otherwise. */
async function entrance(colors: readonly Color[] = [people.ann], more: Partial<CameraParts> = {}) {
  return {
    name: "entrance",
    source: await site.camera("entrance", colors),
    gallery: "staff",
    maxFramesPerSecond: 50,
    infer: { identity: true, expression: true },
    sinks: [site.sink],
    ...more,
  };
}

async function staff(version = "v1", listed: readonly string[] = ["ann", "ben"]) {
  const pictures = { "ann/1.png": people.ann, "ben/1.png": people.ben };
  await site.mount("galleries/staff/key", "11".repeat(32));
  return {
    name: "staff",
    version,
    dataset: await site.dataset("staff", pictures),
    people: listed.map((id) => ({ id })),
  };
}

const heard = () =>
  site.events.map((event) => {
    const { identity, expression, revision } = event.data as {
      identity?: { known: boolean; person?: string };
      expression?: { label: string };
      revision: string;
    };
    const who = identity && (identity.known ? identity.person : "unknown");
    return [(event.type as string).split(".").at(-1), who, expression?.label, revision].filter(Boolean).join(" ");
  });

describe("a node at work", () => {
  test("tells who is before its cameras, and delivers what it told before it ends", async () => {
    const node = await site.start();
    node.supervisor.want(
      order(site.spec({ slots: { active: a }, galleries: [await staff()], cameras: [await entrance()] })),
    );
    await until(() => site.events.length >= 2);
    await node[Symbol.asyncDispose]();
    expect(heard()).toEqual(["expression red a", "identified ann a", "ended ann red a"]);
    expect(site.events.map(({ sequence }) => sequence)).toEqual(["1", "2", "3"]);
    expect(await node.metrics()).toMatchObject({
      'facefleet_events_total{outcome="accepted"}': 3,
      'facefleet_events_total{outcome="delivered"}': 3,
      facefleet_events_pending: 0,
    });
  });

  test("swaps to another revision without losing a frame, and every frame has one end", async () => {
    const b = await site.build("b");
    await using node = await site.start();
    const galleries = [await staff()];
    const cameras = [await entrance([people.ann, people.ben])];
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries, cameras })));
    await until(() => isReady(node, "a"));
    for (const [next, last] of [
      [b, a],
      [a, b],
      [b, undefined],
    ] as const) {
      const seen = ends(await node.metrics(), "entrance").seen!;
      node.supervisor.want(
        order(site.spec({ slots: { active: next, ...(last && { standby: last }) }, galleries, cameras })),
      );
      await until(() => isReady(node, next.revision));
      await until(async () => ends(await node.metrics(), "entrance").seen! >= seen + 10);
    }
    await node[Symbol.asyncDispose]();
    const metrics = await node.metrics();
    const all = ends(metrics, "entrance");
    expect(metrics).toMatchObject({
      facefleet_swaps_total: 3,
      'facefleet_frames_lost_total{camera="entrance",reason="swap"}': 0,
      'facefleet_frames_taken_total{camera="entrance"}': Object.values(all).reduce((sum, count) => sum + count),
    });
    expect(all.failed).toBe(0);
  });

  test("opens, changes and closes cameras as it is told, and says of one it cannot read why", async () => {
    await using node = await site.start();
    const camera = await entrance();
    const other = { ...camera, name: "garage" };
    const states = () => Object.fromEntries(node.supervisor.facts.cameras.map(({ name, state }) => [name, state]));
    node.supervisor.want(order(site.spec({ slots: { active: a }, cameras: [camera, other] })));
    await until(() => states().entrance === "Streaming" && states().garage === "Streaming");
    const rtsp = { ...camera, source: { type: "RTSP", url: "rtsp://10.0.0.1/" } } as const;
    node.supervisor.want(order(site.spec({ slots: { active: a }, cameras: [rtsp] })));
    await until(() => states().entrance === "Failed");
    expect(node.status(undefined)).toMatchObject({
      cameras: [{ name: "entrance", state: "Failed", message: expect.stringContaining("RTSP") }],
    });
    node.supervisor.want(order(site.spec({ slots: { active: a }, cameras: [] })));
    expect(states()).toEqual({});
  });

  test("leaves a camera alone that has not changed", async () => {
    await using node = await site.start();
    const camera = await entrance();
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [await staff()], cameras: [camera] })));
    await until(() => heard().includes("identified ann a"));
    node.supervisor.want(
      order(
        site.spec({ slots: { active: a }, galleries: [await staff()], cameras: [camera, { ...camera, name: "b" }] }),
      ),
    );
    await until(() => site.events.length >= 4);
    expect(heard()).not.toContain("ended ann red a");
  });

  test("infers nothing that it may not", async () => {
    await using node = await site.start();
    const camera = await entrance([people.ann, nobody], { infer: { identity: false, expression: false } });
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [await staff()], cameras: [camera] })));
    await until(async () => ends(await node.metrics(), "entrance").seen! >= 5);
    await node[Symbol.asyncDispose]();
    expect(new Set(heard())).toEqual(new Set(["ended a"]));
  });

  test("names no person, track or expression in its metrics and its status", async () => {
    const node = await site.start();
    node.supervisor.want(
      order(site.spec({ slots: { active: a }, galleries: [await staff()], cameras: [await entrance()] })),
    );
    await until(() => site.events.length >= 2);
    const [event] = site.events;
    await node[Symbol.asyncDispose]();
    const told = JSON.stringify([Object.keys(await node.metrics()), node.status(undefined)]);
    for (const word of ["ann", "ben", "red", event!.subject as string])
      expect(told).not.toMatch(new RegExp(`\\b${word}\\b`));
  });
});

describe("a gallery that changes", () => {
  test("loses who is erased at once, though the new pictures cannot be had", async () => {
    await using node = await site.start();
    const cameras = [await entrance()];
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [await staff()], cameras })));
    await until(() => heard().includes("identified ann a"));
    const gone = { ...(await staff("v2", ["ben"])), dataset: unreachable };
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [gone], cameras })));
    await until(() => heard().includes("identified unknown a"));
    expect(node.supervisor.facts.galleries).toMatchObject([{ name: "staff", version: "v1", people: 1 }]);
  });

  test("gains who is new beside what runs", async () => {
    await using node = await site.start();
    const cameras = [await entrance()];
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [await staff("v1", ["ben"])], cameras })));
    await until(() => heard().includes("identified unknown a"));
    node.supervisor.want(order(site.spec({ slots: { active: a }, galleries: [await staff("v2")], cameras })));
    await until(() => heard().includes("identified ann a"));
    expect(node.supervisor.facts.galleries).toEqual([{ name: "staff", version: "v2", people: 2 }]);
  });

  test("does not hold up a swap while its pictures are pulled from a server that does not answer", async () => {
    const mute = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const uri = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/set.tar`;
    const b = await site.build("b");
    await using node = await site.start();
    node.supervisor.want(order(site.spec({ slots: { active: a, standby: b } })));
    await until(() => node.supervisor.slots.paired);
    const stuck = { ...(await staff()), dataset: { ...unreachable, source: { ...unreachable.source, uri } } };
    node.supervisor.want(order(site.spec({ slots: { active: a, standby: b }, galleries: [stuck] })));
    node.supervisor.want(order(site.spec({ slots: { active: b, standby: a }, galleries: [stuck] })));
    expect(active(node)?.revision).toBe("b");
    mute.closeAllConnections();
    mute.close();
  });
});

const unreachable = {
  name: "gone",
  source: { uri: "file:///nowhere/set.tar", digest: `sha256:${"0".repeat(64)}` },
  format: "ImageFolder",
} as const;

const gate = { alpha: "0.05", minSamples: 5, deadline: "1h" };
const identity = { metric: "ProbeIdentity", margin: "0.2" } as const;
const shadow = (checks: TrialParts["gate"]["checks"]): TrialParts => ({
  id: "one",
  phase: "Shadow",
  gate: { ...gate, checks },
});

/** Probes of the enrolled and of strangers; one picture among them is damaged. */
async function probes() {
  const pictures: Record<string, Color | string> = { "ann/damaged.png": "no picture" };
  for (const [person, count] of [
    ["ann", 10],
    ["ben", 10],
    ["stranger", 30],
  ] as const) {
    for (let number = 0; number < count; number += 1) pictures[`${person}/${number}.png`] = people[person];
  }
  return { gallery: "staff", probes: await site.dataset("probes", pictures) };
}
const damaged = 1;
const readable = 50;

describe("a comparison of two slots", () => {
  test("begins when both are ready, and not before", async () => {
    await using node = await site.start();
    const trial = { ...shadow([identity]), ...(await probes()) };
    const b = { revision: "b", engineKey: "key-b" };
    node.supervisor.want(order(site.spec({ slots: { active: a, standby: b }, galleries: [await staff()], trial })));
    await until(() => isReady(node, "a") && node.supervisor.facts.slots.standby?.state === "Failed");
    expect(node.supervisor.facts.trial).toBeUndefined();
    const begun = Date.now();
    await site.build("b");
    node.supervisor.want(order(site.spec({ slots: { active: a, standby: b }, galleries: [await staff()], trial })));
    await until(() => node.supervisor.facts.trial !== undefined);
    expect(Date.parse(node.supervisor.facts.trial!.startedAt)).toBeGreaterThanOrEqual(begun);
  });

  test.each([
    ["passes a candidate that is as good", 1, "Success"],
    ["fails one that takes strangers for the enrolled", 0.01, "Failure"],
  ])("%s", async (_, scale, verdict) => {
    const b = await site.build("b", { scale });
    await using node = await site.start();
    const trial = { ...shadow([identity]), ...(await probes()) };
    node.supervisor.want(order(site.spec({ slots: { active: a, standby: b }, galleries: [await staff()], trial })));
    await until(() => node.supervisor.facts.trial?.verdict === verdict);
    await until(() => node.supervisor.facts.trial?.evidence[0]?.measurement.n === readable);
  });

  test("replays each probe once, though the runtime is started again in the middle", async () => {
    const b = await site.build("b");
    const trial = { ...shadow([identity]), ...(await probes()) };
    const wanted = order(site.spec({ slots: { active: a, standby: b }, galleries: [await staff()], trial }));
    const shown = (node: SiteNode) => node.supervisor.facts.trial?.evidence[0]?.measurement.n ?? 0;
    const counts: number[] = [];
    for (const some of [5, 12, 20, readable]) {
      await using node = await site.start();
      if (some === 5) node.supervisor.want(wanted);
      await until(() => shown(node) >= some);
      counts.push(shown(node));
    }
    const { trial: record } = (await readState(stateFile(site.store, "orin-1"), silent))!;
    expect([counts.at(-1), record]).toMatchObject([readable, { probes: readable + damaged, tallies: {} }]);
    expect(new Set(counts).size).toBe(4);
  });

  test("counts the evidence of tracks that both slots saw", async () => {
    const b = await site.build("b");
    await using node = await site.start();
    const trial = shadow([{ metric: "ChampionAgreement", margin: "0.2" }]);
    const visits = Array.from({ length: 3 }, () => [
      ...Array.from({ length: 30 }, () => people.ann),
      ...Array.from({ length: 100 }, () => nobody),
    ]);
    const cameras = [await entrance(visits.flat())];
    node.supervisor.want(
      order(site.spec({ slots: { active: a, standby: b }, galleries: [await staff()], cameras, trial })),
    );
    await until(() => node.supervisor.facts.trial?.evidence[0]?.measurement.n === 2);
    expect(node.supervisor.facts.trial?.evidence[0]).toMatchObject({ state: "0:2" });
  });
});

describe("a candidate that soaks", () => {
  const tooSlow = { metric: "LatencyP95", atMost: "0ms" } as const;
  const soak = (check: TrialParts["gate"]["checks"][number] = tooSlow): TrialParts => ({
    id: "soak-b",
    phase: "Soak",
    gate: { ...gate, checks: [check] },
  });

  test("is left by the node itself when it regresses, and for good", async () => {
    const b = await site.build("b");
    const cameras = [await entrance()];
    const slots = { active: b, standby: a };
    {
      await using node = await site.start();
      node.supervisor.want(order(site.spec({ slots, cameras, trial: soak() })));
      await until(() => isReady(node, "b"));
      await until(() => (node.supervisor.tick(), isReady(node, "a")));
      expect(node.status(undefined)).toMatchObject({
        swappedBack: { trial: "soak-b", from: "b", to: "a", measurement: { metric: "LatencyP95", verdict: "Failure" } },
        conditions: [{ type: "Ready", status: "False", reason: "SwappedBack" }],
      });
    }
    await using again = await site.start();
    await until(() => isReady(again, "a"));
    expect([again.supervisor.facts.swappedBack?.from, again.supervisor.slots.swaps]).toEqual(["b", 0]);
    again.supervisor.want(order(site.spec({ slots: { active: a }, cameras })));
    expect([again.supervisor.facts.swappedBack, active(again)?.revision]).toEqual([undefined, "a"]);
  });

  test("is left when it cannot be loaded again after a restart", async () => {
    const b = await site.build("b");
    const wanted = site.spec({ slots: { active: b, standby: a }, trial: soak(identity) });
    {
      await using node = await site.start();
      node.supervisor.want(order(wanted));
      await until(() => node.supervisor.slots.paired);
    }
    await rm(site.store.engineDirectory("key-b"), { recursive: true });
    await using again = await site.start();
    await until(() => isReady(again, "a"));
    expect(again.supervisor.facts.swappedBack).toMatchObject({ from: "b", message: expect.stringContaining("key-b") });
  });

  test("is left when it crashes on what the cameras see", async () => {
    const b = await site.build("b");
    const manifest = join(site.store.engineDirectory("key-b"), "manifest.json");
    const text = await readFile(manifest, "utf8");
    await rm(manifest);
    await writeFile(manifest, text.replace("TinyYolo2", "YuNet"));
    await using node = await site.start();
    const trial = soak(identity);
    node.supervisor.want(order(site.spec({ slots: { active: b, standby: a }, cameras: [await entrance()], trial })));
    await until(() => isReady(node, "a"));
    expect(node.supervisor.facts.swappedBack?.message).toMatch(/key-b failed/);
    await until(async () => ends(await node.metrics(), "entrance").seen! >= 3);
  });

  test("stays when the operator has said something else since", async () => {
    const b = await site.build("b");
    const cameras = [await entrance()];
    await using node = await site.start();
    node.supervisor.want(order(site.spec({ slots: { active: b, standby: a }, cameras, trial: soak() })));
    await until(() => (node.supervisor.tick(), node.supervisor.facts.swappedBack !== undefined));
    const trial = { ...soak(identity), id: "soak-b-again" };
    node.supervisor.want(order(site.spec({ slots: { active: b, standby: a }, cameras, trial })));
    await until(() => isReady(node, "b"));
    expect(node.supervisor.facts.swappedBack).toBeUndefined();
  });
});
