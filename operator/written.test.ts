import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "./kit/object.ts";
import { type Write, Written } from "./written.ts";

const of = { kind: "Job", key: "doors/build", uid: "u1" } as const;
const applied: Write = { ...of, type: "Applied", resourceVersion: "100" };
const deleted: Write = { ...of, type: "Deleted" };

function job(uid: string, resourceVersion: string, deletionTimestamp?: string): KubeObject {
  const gone = deletionTimestamp === undefined ? {} : { deletionTimestamp };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name: "build", uid, resourceVersion, ...gone } };
}

function isVisible(write: Write, cached: KubeObject | undefined, elapsed = 0): boolean {
  const written = new Written();
  written.note("facemodel doors/a", write, 1_000);
  return written.isVisible("facemodel doors/a", () => cached, 1_000 + elapsed);
}

describe("a write is visible", () => {
  test.each<[string, Write, KubeObject | undefined, boolean]>([
    ["not while the cache has no such object", applied, undefined, false],
    ["not while the cache has the version before", applied, job("u1", "99"), false],
    ["once the cache has that version", applied, job("u1", "100"), true],
    ["once the cache has a later version, with more digits", applied, job("u1", "1000"), true],
    ["once the cache has the one that was made after it", applied, job("u2", "101"), true],
  ])("%s", (_, write, cached, visible) => expect(isVisible(write, cached)).toBe(visible));
});

describe("a deletion is visible", () => {
  test.each<[string, KubeObject | undefined, boolean]>([
    ["not while the cache has the object as it was", job("u1", "100"), false],
    ["once the object is gone", undefined, true],
    ["once the object waits for its finalizers", job("u1", "101", "2026-01-01T00:00:00Z"), true],
    ["once another one has its name", job("u2", "101"), true],
  ])("%s", (_, cached, visible) => expect(isVisible(deleted, cached)).toBe(visible));
});

test("a write that never shows is waited for no longer than ten seconds, since somebody may have undone it", () => {
  expect(isVisible(applied, undefined, 9_999)).toBe(false);
  expect(isVisible(applied, undefined, 10_000)).toBe(true);
});

test("a key waits for all of its own writes and for nobody else's", () => {
  const written = new Written();
  written.note("a", applied, 0);
  written.note("a", { ...applied, key: "doors/other" }, 0);
  const onlyFirst = (_: string, key: string) => (key === "doors/build" ? job("u1", "100") : undefined);
  expect(written.isVisible("b", () => undefined, 0)).toBe(true);
  expect(written.isVisible("a", onlyFirst, 0)).toBe(false);
  expect(written.isVisible("a", () => job("u1", "100"), 0)).toBe(true);
});
