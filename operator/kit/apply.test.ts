import { describe, expect, test } from "@jest/globals";
import { Applier, isApplied, keepManagedFieldsOf } from "./apply.ts";
import type { Client } from "./client.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "./object.ts";
import type { Resource } from "./resource.ts";

interface Thing extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

const THINGS: Resource<Thing> = {
  group: "example.com",
  version: "v1",
  plural: "things",
  kind: "Thing",
  namespaced: true,
};
const OURS = "us";
const NAMED = { apiVersion: "example.com/v1", kind: "Thing" };

function desired(spec: Record<string, unknown>, labels?: Record<string, string>) {
  return { ...NAMED, metadata: { name: "a", namespace: "d", ...(labels && { labels }) }, spec };
}

function live(
  spec: Record<string, unknown>,
  fieldsV1: FieldsV1 | undefined,
  more: Partial<Thing> = {},
  version = 1,
): Thing {
  const managedFields: ManagedFieldsEntry[] =
    fieldsV1 === undefined ? [] : [{ manager: OURS, operation: "Apply", fieldsV1 }];
  return {
    ...NAMED,
    metadata: { name: "a", namespace: "d", uid: "u", resourceVersion: String(version), managedFields },
    spec,
    ...more,
  };
}

/** Stands for the server: takes each apply, and answers with what the test says it makes of it. */
class RecordingClient {
  readonly writes: unknown[] = [];
  readonly #answer: (object: unknown) => Thing;

  constructor(answer: (object: unknown) => Thing) {
    this.#answer = answer;
  }

  apply(_resource: unknown, object: unknown): Promise<Thing> {
    this.writes.push(object);
    return Promise.resolve(this.#answer(object));
  }

  applyStatus(resource: unknown, object: unknown): Promise<Thing> {
    return this.apply(resource, object);
  }
}

function applierWith(answer: (object: unknown) => Thing): { applier: Applier; writes: unknown[] } {
  const client = new RecordingClient(answer);
  return { applier: new Applier(client as unknown as Client, OURS), writes: client.writes };
}

const OWNED: FieldsV1 = { "f:spec": { "f:cpu": {}, "f:image": {} } };

describe("what is wanted has been applied", () => {
  test.each<[string, ReturnType<typeof desired>, Thing, boolean]>([
    ["when we own it and it is there", desired({ cpu: "1", image: "x" }), live({ cpu: "1", image: "x" }, OWNED), true],
    [
      "when others have added to it",
      desired({ cpu: "1", image: "x" }),
      live({ cpu: "1", image: "x", more: 1 }, OWNED),
      true,
    ],
    ["unless somebody has changed it", desired({ cpu: "1", image: "x" }), live({ cpu: "9", image: "x" }, OWNED), false],
    [
      "unless we own something that we no longer want",
      desired({ cpu: "1" }),
      live({ cpu: "1", image: "x" }, OWNED),
      false,
    ],
    [
      "unless we want something new",
      desired({ cpu: "1", image: "x" }, { l: "1" }),
      live({ cpu: "1", image: "x" }, OWNED),
      false,
    ],
    [
      "unless we never applied anything",
      desired({ cpu: "1", image: "x" }),
      live({ cpu: "1", image: "x" }, undefined),
      false,
    ],
  ])("%s", (_story, wanted, there, expected) => expect(isApplied(wanted, there, OURS)).toBe(expected));

  test("on the status only by what was applied to the status", () => {
    const entry = { manager: OURS, operation: "Apply", fieldsV1: { "f:status": { "f:phase": {} } } };
    const there = (subresource?: string): Thing => ({
      ...live({}, undefined, { status: { phase: "On" } }),
      metadata: {
        ...live({}, undefined).metadata,
        managedFields: [{ ...entry, ...(subresource !== undefined && { subresource }) }],
      },
    });
    const wanted = { ...NAMED, metadata: { name: "a", namespace: "d" }, status: { phase: "On" } };
    expect([isApplied(wanted, there("status"), OURS, "status"), isApplied(wanted, there(), OURS, "status")]).toEqual([
      true,
      false,
    ]);
  });
});

describe("an applier", () => {
  test("writes nothing when nothing changed, and no matter how often it is asked", async () => {
    const { applier, writes } = applierWith(() => live({}, {}));
    const there = live({ cpu: "1", image: "x" }, OWNED);
    for (let times = 0; times < 3; times += 1) {
      const { outcome, object } = await applier.apply(THINGS, desired({ image: "x", cpu: "1" }), there);
      expect([outcome, object]).toEqual(["Unchanged", there]);
    }
    expect(writes).toEqual([]);
  });

  test("writes once what the server then keeps in another form", async () => {
    const { applier, writes } = applierWith(() => live({ cpu: "1", image: "x" }, OWNED, {}, 2));
    let there = live({ cpu: "2", image: "x" }, OWNED);
    const outcomes: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      const applied = await applier.apply(THINGS, desired({ cpu: "1000m", image: "x" }), there);
      outcomes.push(applied.outcome);
      there = applied.object;
    }
    expect([outcomes, writes.length]).toEqual([["Updated", "Unchanged", "Unchanged"], 1]);
  });

  test("writes again when somebody changes what the server keeps in another form", async () => {
    const { applier, writes } = applierWith(() => live({ cpu: "1", image: "x" }, OWNED, {}, 2));
    await applier.apply(THINGS, desired({ cpu: "1000m", image: "x" }), live({}, undefined));
    await applier.apply(THINGS, desired({ cpu: "1000m", image: "x" }), live({ cpu: "7", image: "x" }, OWNED, {}, 3));
    expect(writes.length).toBe(2);
  });

  test("does not write again while the cache has not seen its last write", async () => {
    const { applier, writes } = applierWith(() => live({ cpu: "1", image: "x" }, OWNED, {}, 12));
    const stale = live({ cpu: "2", image: "x" }, OWNED, {}, 9);
    await applier.apply(THINGS, desired({ cpu: "1", image: "x" }), stale);
    const { outcome } = await applier.apply(THINGS, desired({ cpu: "1", image: "x" }), stale);
    expect([outcome, writes.length]).toEqual(["Unchanged", 1]);
  });

  test("writes another wish even while the cache has not seen the last one", async () => {
    const { applier, writes } = applierWith(() => live({ cpu: "1", image: "x" }, OWNED, {}, 12));
    const stale = live({ cpu: "2", image: "x" }, OWNED, {}, 9);
    await applier.apply(THINGS, desired({ cpu: "1", image: "x" }), stale);
    await applier.apply(THINGS, desired({ cpu: "3", image: "x" }), stale);
    expect(writes.length).toBe(2);
  });

  test("makes an object anew that has gone, though it made the same before", async () => {
    const { applier, writes } = applierWith(() => live({ cpu: "1", image: "x" }, OWNED));
    for (const expected of ["Created", "Created"]) {
      expect((await applier.apply(THINGS, desired({ cpu: "1", image: "x" }), undefined)).outcome).toBe(expected);
    }
    expect(writes.length).toBe(2);
  });

  test("sends of a status no more than the status and where it belongs", async () => {
    const { applier, writes } = applierWith(() => live({}, undefined));
    await applier.applyStatus(
      THINGS,
      { ...desired({ cpu: "1" }, { l: "1" }), status: { phase: "On" } },
      live({}, undefined),
    );
    expect(JSON.parse(JSON.stringify(writes))).toEqual([
      { ...NAMED, metadata: { name: "a", namespace: "d" }, status: { phase: "On" } },
    ]);
  });
});

test("of the managed fields only ours are kept, and the same ones once", () => {
  const keep = keepManagedFieldsOf(OURS);
  const of = (): Thing => {
    const there = live({}, structuredClone(OWNED));
    const theirs = { manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": {} } };
    return { ...there, metadata: { ...there.metadata, managedFields: [...there.metadata.managedFields!, theirs] } };
  };
  const [first, second] = [keep(of()), keep(of())];
  expect(first.metadata.managedFields).toEqual([{ manager: OURS, operation: "Apply", fieldsV1: OWNED }]);
  expect(first.metadata.managedFields![0]!.fieldsV1).toBe(second.metadata.managedFields![0]!.fieldsV1);
});
