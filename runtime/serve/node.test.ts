import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SlotRevision } from "../../crds/enginebuild.ts";
import { SiteNode } from "./site-node.fake.ts";
import { nobody, people, Site, until } from "./site.fake.ts";

let site: Site;
let a: SlotRevision;
beforeEach(async () => {
  site = await Site.open();
  a = await site.build("a");
});
afterEach(() => site[Symbol.asyncDispose]());

describe("a node at work", () => {
  test("tells who is before its cameras, and delivers what it told before it ends", async () => {
    const node = await SiteNode.start(site);
    node.want({ slots: { active: a }, galleries: [await site.staff()], cameras: [await site.entrance()] });
    await until(() => site.events.length >= 2);
    await node[Symbol.asyncDispose]();
    expect(site.heard).toEqual(["expression red a", "identified ann a", "ended ann red a"]);
    expect(site.events.map(({ sequence }) => sequence)).toEqual(["1", "2", "3"]);
    expect(await node.metrics()).toMatchObject({
      'facefleet_events_total{outcome="accepted"}': 3,
      'facefleet_events_total{outcome="delivered"}': 3,
      facefleet_events_pending: 0,
    });
  });

  test("swaps to another revision without losing a frame, and every frame has one end", async () => {
    const b = await site.build("b");
    await using node = await SiteNode.start(site);
    const galleries = [await site.staff()];
    const cameras = [await site.entrance([people.ann, people.ben])];
    node.want({ slots: { active: a }, galleries, cameras });
    await until(() => node.isReady("a"));
    for (const [next, last] of [
      [b, a],
      [a, b],
      [b, undefined],
    ] as const) {
      const seen = (await node.frames()).seen!;
      node.want({ slots: { active: next, ...(last && { standby: last }) }, galleries, cameras });
      await until(() => node.isReady(next.revision));
      await until(async () => (await node.frames()).seen! >= seen + 10);
    }
    await node[Symbol.asyncDispose]();
    const metrics = await node.metrics();
    const all = await node.frames();
    expect(metrics).toMatchObject({
      facefleet_swaps_total: 3,
      'facefleet_frames_lost_total{camera="entrance",reason="swap"}': 0,
      'facefleet_frames_taken_total{camera="entrance"}': Object.values(all).reduce((sum, count) => sum + count),
    });
    expect(all.failed).toBe(0);
  });

  test("opens, changes and closes cameras as it is told, and says of one it cannot read why", async () => {
    await using node = await SiteNode.start(site);
    const camera = await site.entrance();
    const other = { ...camera, name: "garage" };
    const states = () => Object.fromEntries(node.facts.cameras.map(({ name, state }) => [name, state]));
    node.want({ slots: { active: a }, cameras: [camera, other] });
    await until(() => states().entrance === "Streaming" && states().garage === "Streaming");
    const rtsp = { ...camera, source: { type: "RTSP", url: "rtsp://10.0.0.1/" } } as const;
    node.want({ slots: { active: a }, cameras: [rtsp] });
    await until(() => states().entrance === "Failed");
    expect(node.status(undefined)).toMatchObject({
      cameras: [{ name: "entrance", state: "Failed", message: expect.stringContaining("RTSP") }],
    });
    node.want({ slots: { active: a }, cameras: [] });
    expect(states()).toEqual({});
  });

  test("leaves a camera alone that has not changed", async () => {
    await using node = await SiteNode.start(site);
    const camera = await site.entrance();
    node.want({ slots: { active: a }, galleries: [await site.staff()], cameras: [camera] });
    await until(() => site.heard.includes("identified ann a"));
    node.want({
      slots: { active: a },
      galleries: [await site.staff()],
      cameras: [camera, { ...camera, name: "garage" }],
    });
    await until(() => site.events.length >= 4);
    expect(site.heard).not.toContain("ended ann red a");
  });

  test("infers nothing that it may not", async () => {
    await using node = await SiteNode.start(site);
    const camera = await site.entrance([people.ann, nobody], { infer: { identity: false, expression: false } });
    node.want({ slots: { active: a }, galleries: [await site.staff()], cameras: [camera] });
    await until(async () => (await node.frames()).seen! >= 5);
    await node[Symbol.asyncDispose]();
    expect(new Set(site.heard)).toEqual(new Set(["ended a"]));
  });

  test("names no person, track or expression in its metrics and its status", async () => {
    const node = await SiteNode.start(site);
    node.want({ slots: { active: a }, galleries: [await site.staff()], cameras: [await site.entrance()] });
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
    await using node = await SiteNode.start(site);
    const cameras = [await site.entrance()];
    node.want({ slots: { active: a }, galleries: [await site.staff()], cameras });
    await until(() => site.heard.includes("identified ann a"));
    const gone = { ...(await site.staff("v2", ["ben"])), dataset: unreachable };
    node.want({ slots: { active: a }, galleries: [gone], cameras });
    await until(() => site.heard.includes("identified unknown a"));
    expect(node.facts.galleries).toMatchObject([{ name: "staff", version: "v1", people: 1 }]);
  });

  test("goes on with those whom the disk knows when the node starts while the new pictures cannot be had", async () => {
    const cameras = [await site.entrance()];
    const before = await SiteNode.start(site);
    before.want({ slots: { active: a }, galleries: [await site.staff()], cameras });
    await until(() => site.heard.includes("identified ann a"));
    await before[Symbol.asyncDispose]();
    const heard = site.heard.length;
    const wanted = { ...(await site.staff("v2", ["ann"])), dataset: unreachable };
    await using node = await SiteNode.start(site);
    node.want({ slots: { active: a }, galleries: [wanted], cameras });
    await until(() => node.isReady("a"));
    expect(node.facts.galleries).toMatchObject([{ name: "staff", version: "v1", people: 1 }]);
    await until(() => site.heard.slice(heard).includes("identified ann a"));
  });

  test("of which nothing can be had does not keep the node from working", async () => {
    await using node = await SiteNode.start(site);
    const wanted = { ...(await site.staff()), dataset: { ...unreachable, format: "DFEW" as const } };
    node.want({ slots: { active: a }, galleries: [wanted], cameras: [await site.entrance()] });
    await until(() => node.isReady("a"));
    expect(node.facts.galleries).toMatchObject([{ name: "staff", people: 0 }]);
    expect(node.facts.galleries[0]!.message).toContain("DFEW");
  });

  test("gains who is new beside what runs", async () => {
    await using node = await SiteNode.start(site);
    const cameras = [await site.entrance()];
    node.want({ slots: { active: a }, galleries: [await site.staff("v1", ["ben"])], cameras });
    await until(() => site.heard.includes("identified unknown a"));
    node.want({ slots: { active: a }, galleries: [await site.staff("v2")], cameras });
    await until(() => site.heard.includes("identified ann a"));
    expect(node.facts.galleries).toEqual([{ name: "staff", version: "v2", people: 2 }]);
  });

  test("does not hold up a swap while its pictures are pulled from a server that does not answer", async () => {
    const mute = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const uri = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/set.tar`;
    const b = await site.build("b");
    await using node = await SiteNode.start(site);
    node.want({ slots: { active: a, standby: b } });
    await until(() => node.supervisor.slots.paired);
    const stuck = { ...(await site.staff()), dataset: { ...unreachable, source: { ...unreachable.source, uri } } };
    node.want({ slots: { active: a, standby: b }, galleries: [stuck] });
    node.want({ slots: { active: b, standby: a }, galleries: [stuck] });
    expect(node.facts.slots.active?.revision).toBe("b");
    mute.closeAllConnections();
    mute.close();
  });
});

const unreachable = {
  name: "gone",
  source: { uri: "file:///nowhere/set.tar", digest: `sha256:${"0".repeat(64)}` },
  format: "ImageFolder",
} as const;
