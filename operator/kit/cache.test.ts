import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Cache, type Delta } from "./cache.ts";
import type { KubeObject } from "./object.ts";

interface Pod extends KubeObject {
  readonly spec: { readonly node: string };
}

function pod(name: string, uid: string, version: number, node = "n1"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "d", uid, resourceVersion: String(version) },
    spec: { node },
  };
}

function makeCache(): { cache: Cache<Pod, "node">; told: string[] } {
  const cache = new Cache<Pod, "node">({ node: ({ spec }) => (spec.node === "" ? [] : [spec.node]) });
  const told: string[] = [];
  cache.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}/${object.metadata.uid}`));
  return { cache, told };
}

describe("a cache", () => {
  test("finds objects by name, by UID and by index", () => {
    const { cache } = makeCache();
    cache.upsert(pod("a", "1", 1, "n1"));
    cache.upsert(pod("b", "2", 2, "n2"));
    expect(cache.get("d/a")?.metadata.uid).toBe("1");
    expect(cache.getByUid("2")?.metadata.name).toBe("b");
    expect(cache.byIndex("node", "n2").map(({ metadata }) => metadata.name)).toEqual(["b"]);
  });

  test("moves an object between index values when it changes", () => {
    const { cache } = makeCache();
    cache.upsert(pod("a", "1", 1, "n1"));
    cache.upsert(pod("a", "1", 2, "n2"));
    expect([cache.byIndex("node", "n1"), cache.byIndex("node", "n2").length]).toEqual([[], 1]);
    cache.upsert(pod("a", "1", 3, ""));
    expect(cache.byIndex("node", "n2")).toEqual([]);
  });

  test("tells a recreation as a deletion and an addition", () => {
    const { cache, told } = makeCache();
    cache.upsert(pod("a", "1", 1));
    cache.upsert(pod("a", "2", 5));
    expect(told).toEqual(["Added a/1", "Deleted a/1", "Added a/2"]);
    expect(cache.getByUid("1")).toBeUndefined();
  });

  test("tells a recreation that only a list shows as a deletion and an addition", () => {
    const { cache, told } = makeCache();
    cache.replace([pod("a", "1", 1), pod("b", "2", 2)]);
    told.length = 0;
    cache.replace([pod("a", "3", 7), pod("b", "2", 2)]);
    expect(told).toEqual(["Deleted a/1", "Added a/3"]);
  });

  test("ignores an event from before what it holds, but takes a list as it comes", () => {
    const { cache } = makeCache();
    cache.upsert(pod("a", "1", 9, "n9"));
    cache.upsert(pod("a", "1", 8, "n8"));
    expect(cache.get("d/a")?.spec.node).toBe("n9");
    cache.replace([pod("a", "1", 7, "n7")]);
    expect(cache.get("d/a")?.spec.node).toBe("n7");
  });

  test("ignores the late deletion of an object that has been recreated", () => {
    const { cache, told } = makeCache();
    cache.upsert(pod("a", "2", 5));
    cache.remove(pod("a", "1", 4));
    expect([cache.size, told]).toEqual([1, ["Added a/2"]]);
  });

  test("says nothing of a version that it already has", () => {
    const { cache, told } = makeCache();
    cache.upsert(pod("a", "1", 1));
    cache.upsert(pod("a", "1", 1));
    cache.replace([pod("a", "1", 1)]);
    expect(told).toEqual(["Added a/1"]);
  });

  test("keeps objects that nobody can change", () => {
    const { cache } = makeCache();
    cache.upsert(pod("a", "1", 1));
    const held = cache.get("d/a") as unknown as { spec: { node: string } };
    expect(() => (held.spec.node = "n9")).toThrow(TypeError);
  });

  test("tells a new listener of what is there, and no listener of anything once it has stopped", () => {
    const { cache } = makeCache();
    cache.upsert(pod("a", "1", 1));
    const told: string[] = [];
    const stop = cache.subscribe(({ object }) => told.push(object.metadata.name));
    stop();
    cache.upsert(pod("b", "2", 2));
    expect(told).toEqual(["a"]);
  });

  test("refuses to look in an index that it was not given", () => {
    expect(() => new Cache<Pod>().byIndex("node" as never, "n1")).toThrow('no index "node"');
  });
});

const anyPod = fc
  .record({
    name: fc.constantFrom("a", "b", "c"),
    uid: fc.constantFrom("1", "2", "3"),
    version: fc.nat(5),
    node: fc.constantFrom("", "n1", "n2"),
  })
  .map(({ name, uid, version, node }) => pod(name, `${name}-${uid}`, version, node));
const action = fc.oneof(
  anyPod.map((object) => ({ do: "upsert" as const, object })),
  anyPod.map((object) => ({ do: "remove" as const, object })),
  fc.array(anyPod, { maxLength: 5 }).map((objects) => ({ do: "replace" as const, objects })),
);

/** Follows deltas as a listener does, and complains about any that cannot be. */
function follow(known: Map<string, Pod>, delta: Delta<Pod>): void {
  const { name } = delta.object.metadata;
  const before = known.get(name);
  if (delta.type === "Added") expect(before).toBeUndefined();
  if (delta.type === "Updated") expect(before).toBe(delta.before);
  if (delta.type !== "Added") expect(before?.metadata.uid).toBe(delta.object.metadata.uid);
  if (delta.type === "Deleted") known.delete(name);
  else known.set(name, delta.object);
}

test("what listeners were told, and what the indexes find, is always what the cache holds", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const { cache } = makeCache();
      const known = new Map<string, Pod>();
      cache.subscribe((delta) => follow(known, delta));
      for (const action of actions) {
        if (action.do === "replace") cache.replace(action.objects);
        else cache[action.do](action.object);
        const held = cache.list();
        expect(new Set(known.values())).toEqual(new Set(held));
        for (const node of ["n1", "n2"]) {
          expect(new Set(cache.byIndex("node", node))).toEqual(new Set(held.filter(({ spec }) => spec.node === node)));
        }
        for (const object of held) expect(cache.getByUid(object.metadata.uid)).toBe(object);
      }
    }),
  );
});
