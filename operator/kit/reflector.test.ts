import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ApiError, type ApiErrorKind } from "./api-error.ts";
import { type Fault, FakeApiServer } from "./api-server.fake.ts";
import { systemClock } from "./clock.ts";
import type { Client } from "./client.ts";
import { eventually } from "./eventually.fake.ts";
import { createClient } from "./http-client.ts";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import type { KubeObject } from "./object.ts";
import { afterWatch, Reflector, type ReflectorTiming } from "./reflector.ts";
import type { Resource } from "./resource.ts";

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const CONFIG_MAPS: Resource<ConfigMap> = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};
const COLLECTION = "api/configmaps";
const FAST: ReflectorTiming = {
  watchFor: 60_000,
  idle: 60,
  list: 60,
  resync: 3_600_000,
  backoff: { base: 2, cap: 10 },
};

interface Rig extends AsyncDisposable {
  readonly server: FakeApiServer;
  readonly client: Client;
  readonly reflector: Reflector<ConfigMap>;
  readonly told: string[];
  /** Waits until the cache holds what the server does. */
  converged(): Promise<void>;
}

function contents(objects: readonly ConfigMap[]): string[] {
  return objects.map(({ metadata, data }) => `${metadata.name} ${metadata.uid} ${data?.v ?? ""}`).sort();
}

async function startRig(
  timing: Partial<ReflectorTiming> = {},
  prepare: (server: FakeApiServer) => void = () => undefined,
  pageSize?: number,
): Promise<Rig> {
  const server = await FakeApiServer.start();
  prepare(server);
  const client = createClient({ connection: server.connection });
  const log = createLogger({ name: "test", level: "silent" });
  const reflector = new Reflector<ConfigMap>({
    ...{ resource: CONFIG_MAPS, client, clock: systemClock, random: Math.random, log, metrics: createMetrics() },
    pick: ({ apiVersion, kind, metadata, data }) => {
      if (data?.v === "poison") throw new Error("cannot be read");
      return { apiVersion, kind, metadata, data: data ?? {} };
    },
    timing: { ...FAST, ...timing },
    pageSize,
  });
  const told: string[] = [];
  reflector.cache.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  return {
    ...{ server, client, reflector, told },
    async converged() {
      const wanted = (): string[] => contents(server.objects(COLLECTION));
      await eventually(
        () => ({ cache: contents(reflector.cache.list()), server: wanted(), synced: reflector.hasSynced }),
        (seen) => seen.synced && JSON.stringify(seen.cache) === JSON.stringify(seen.server),
      );
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

function put(server: FakeApiServer, name: string, v: string): void {
  server.put(COLLECTION, { metadata: { name, namespace: "d" }, data: { v } });
}

const REFUSED_LISTS: readonly (readonly [string, Fault])[] = [
  ["is reset", { type: "reset" }],
  ["is never answered", { type: "mute" }],
  ["meets 429 with Retry-After", { type: "refuse", code: 429, reason: "TooManyRequests", retryAfter: 0 }],
  ["meets 500", { type: "refuse", code: 500, reason: "InternalError" }],
  ["meets 410", { type: "refuse", code: 410, reason: "Expired" }],
  ["meets 403", { type: "refuse", code: 403, reason: "Forbidden" }],
  ["comes with an empty first page", { type: "empty page" }],
  ["repeats an object on the next page", { type: "repeat" }],
];

const BROKEN_WATCHES: readonly (readonly [string, Fault])[] = [
  ["is reset", { type: "reset" }],
  ["is never answered", { type: "mute" }],
  ["meets 429 with Retry-After", { type: "refuse", code: 429, reason: "TooManyRequests", retryAfter: 0 }],
  ["meets 500", { type: "refuse", code: 500, reason: "InternalError" }],
  ["meets 410", { type: "refuse", code: 410, reason: "Expired" }],
  ["meets 504 because the server is behind", { type: "refuse", code: 504, reason: "Timeout" }],
  ["tells of 410 in an ERROR event", { type: "error event", code: 410, reason: "Expired" }],
  ["tells of 500 in an ERROR event", { type: "error event", code: 500, reason: "InternalError" }],
  ["opens and falls silent", { type: "half-open" }],
  ["breaks off within a line", { type: "truncate" }],
  ["sends something that is not JSON", { type: "garble" }],
  ["ends at once", { type: "end" }],
];

describe("a reflector", () => {
  test.each(REFUSED_LISTS)("syncs although its first list %s", async (_story, fault) => {
    await using rig = await startRig(
      {},
      (server) => {
        for (const name of ["a", "b", "c"]) put(server, name, "1");
        server.fail("list", fault);
      },
      2,
    );
    await rig.converged();
  });

  test.each(BROKEN_WATCHES)("goes on although its watch %s", async (_story, fault) => {
    await using rig = await startRig({}, (server) => {
      put(server, "a", "1");
      server.fail("watch", fault);
    });
    await rig.reflector.synced;
    put(rig.server, "a", "2");
    put(rig.server, "b", "1");
    await rig.converged();
    rig.server.remove(COLLECTION, "a", "d");
    await rig.converged();
  });

  test("resumes from a bookmark, without another list, when its watch ends", async () => {
    await using rig = await startRig({ idle: 10_000 }, (server) => put(server, "a", "1"));
    await eventually(
      () => rig.server.watching,
      (open) => open === 1,
    );
    rig.server.put("apis/other/things", { metadata: { name: "x" } });
    rig.server.bookmark();
    rig.server.compact();
    rig.server.end();
    await eventually(
      () => rig.server.received.filter(({ verb }) => verb === "watch").length,
      (count) => count === 2,
    );
    put(rig.server, "b", "1");
    await rig.converged();
    expect(rig.server.received.map(({ verb }) => verb)).toEqual(["list", "watch", "watch"]);
  });

  test("lists anew when the server has forgotten where the watch broke off, and tells what it missed", async () => {
    await using rig = await startRig({ idle: 10_000 }, (server) => {
      put(server, "kept", "1");
      put(server, "recreated", "1");
      put(server, "deleted", "1");
    });
    await eventually(
      () => rig.server.watching,
      (open) => open === 1,
    );
    rig.told.length = 0;
    rig.server.fail("watch", { type: "reset" });
    rig.server.cut();
    rig.server.remove(COLLECTION, "deleted", "d");
    rig.server.remove(COLLECTION, "recreated", "d");
    rig.server.put(COLLECTION, { metadata: { name: "recreated", namespace: "d", uid: "second" }, data: { v: "1" } });
    rig.server.compact();
    await rig.converged();
    expect(rig.told.sort()).toEqual(["Added recreated", "Deleted deleted", "Deleted recreated"]);
  });

  test("skips an object that cannot be read, and goes on with the others", async () => {
    await using rig = await startRig({ idle: 10_000 }, (server) => {
      put(server, "bad", "poison");
      put(server, "good", "1");
    });
    await rig.reflector.synced;
    put(rig.server, "worse", "poison");
    put(rig.server, "better", "1");
    await eventually(
      () => rig.reflector.cache.list().map(({ metadata }) => metadata.name),
      (names) => names.length === 2,
    );
    expect(rig.reflector.cache.list().map(({ metadata }) => metadata.name)).toEqual(["good", "better"]);
  });

  test("lists anew from time to time, so that an event that was lost on the way is made good", async () => {
    await using rig = await startRig({ resync: 20, idle: 15 }, (server) => put(server, "a", "1"));
    await eventually(
      () => rig.server.received.filter(({ verb }) => verb === "list").length,
      (lists) => lists >= 3,
    );
  });

  test("asks for pages of 500, bookmarks, and an end to each watch", async () => {
    await using rig = await startRig({ idle: 10_000 });
    await eventually(
      () => rig.server.watching,
      (open) => open === 1,
    );
    const [list, watch] = rig.server.received;
    expect(Object.fromEntries(list!.query)).toEqual({ limit: "500" });
    const { timeoutSeconds, ...query } = Object.fromEntries(watch!.query);
    expect(query).toEqual({ watch: "true", allowWatchBookmarks: "true", resourceVersion: "100" });
    expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(60);
    expect(Number(timeoutSeconds)).toBeLessThanOrEqual(120);
  });
});

const NEXT_STEPS: readonly (readonly [ApiErrorKind | undefined, boolean, string, boolean])[] = [
  [undefined, true, "Watch", false],
  [undefined, false, "Watch", true],
  ["Gone", true, "List", false],
  ["Timeout", true, "List", true],
  ["Forbidden", false, "List", true],
  ["NotFound", false, "List", true],
  ["Malformed", true, "List", true],
  ["TooManyRequests", false, "Watch", true],
  ["InternalError", false, "Watch", true],
  ["Unreachable", true, "Watch", true],
];

test.each(NEXT_STEPS)(
  "after a watch that ended with %s (progress: %s) comes a %s, waiting: %s",
  (kind, progressed, step, wait) => {
    const error = kind === undefined ? undefined : new ApiError("test", { kind });
    expect(afterWatch(error, progressed)).toEqual({ step, wait });
  },
);

const name = fc.constantFrom("a", "b", "c", "d");
const happening = fc.oneof(
  fc.record({ do: fc.constant("put" as const), name, v: fc.constantFrom("1", "2", "3") }),
  fc.record({ do: fc.constant("remove" as const), name }),
  fc.record({ do: fc.constant("recreate" as const), name }),
  fc.record({
    do: fc.constantFrom("cut" as const, "end" as const, "compact" as const, "bookmark" as const, "breathe" as const),
  }),
  fc.record({
    do: fc.constant("fail list" as const),
    fault: fc.constantFrom(...REFUSED_LISTS.map(([, fault]) => fault)),
  }),
  fc.record({
    do: fc.constant("fail watch" as const),
    fault: fc.constantFrom(...BROKEN_WATCHES.map(([, fault]) => fault)),
  }),
);

async function happen(
  server: FakeApiServer,
  what: typeof happening extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  switch (what.do) {
    case "put":
      put(server, what.name, what.v);
      break;
    case "remove":
      server.remove(COLLECTION, what.name, "d");
      break;
    case "recreate":
      server.remove(COLLECTION, what.name, "d");
      put(server, what.name, "new");
      break;
    case "fail list":
      server.fail("list", what.fault);
      break;
    case "fail watch":
      server.fail("watch", what.fault);
      break;
    case "breathe":
      await systemClock.sleep(5);
      break;
    default:
      server[what.do]();
  }
}

test("whatever goes wrong in whatever order, the cache ends up as the server is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 25 }), async (happenings) => {
      await using rig = await startRig({}, () => undefined, 2);
      for (const what of happenings) await happen(rig.server, what);
      await rig.converged();
    }),
    { numRuns: 40 },
  );
}, 120_000);
