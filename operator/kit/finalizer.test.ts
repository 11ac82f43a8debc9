import { describe, expect, test } from "@jest/globals";
import { FakeApiServer } from "./api-server.fake.ts";
import { addFinalizer, hasFinalizer, removeFinalizer } from "./finalizer.ts";
import { createClient } from "./http-client.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";

const THINGS: Resource = { group: "example.com", version: "v1", plural: "things", kind: "Thing", namespaced: true };
const COLLECTION = "apis/example.com/things";
const OURS = "example.com/cleanup";

async function withThing(
  metadata: object,
  use: (server: FakeApiServer, client: ReturnType<typeof createClient>, thing: KubeObject) => Promise<void>,
): Promise<void> {
  await using server = await FakeApiServer.start();
  const client = createClient({ connection: server.connection });
  const thing = server.put(COLLECTION, {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "d", ...metadata },
  });
  await use(server, client, thing).finally(() => client.close());
}

function finalizersOf(server: FakeApiServer): readonly string[] | undefined {
  return server.objects(COLLECTION)[0]?.metadata.finalizers;
}

describe("a finalizer", () => {
  test("is added beside others", () =>
    withThing({ finalizers: ["theirs"] }, async (server, client, thing) => {
      const after = await addFinalizer(client, THINGS, thing, OURS);
      expect([hasFinalizer(after, OURS), finalizersOf(server)]).toEqual([true, ["theirs", OURS]]);
    }));

  test.each([
    ["that is there already", { finalizers: [OURS] }],
    ["on an object that is being deleted", { deletionTimestamp: "2026-01-01T00:00:00Z" }],
  ])("%s is not written", (_story, metadata) =>
    withThing(metadata, async (server, client, thing) => {
      await addFinalizer(client, THINGS, thing, OURS);
      expect(server.received).toEqual([]);
    }),
  );

  test("is not added over somebody else's change", () =>
    withThing({}, async (server, client, thing) => {
      server.put(COLLECTION, { ...thing, metadata: { ...thing.metadata, finalizers: ["theirs"] } });
      await expect(addFinalizer(client, THINGS, thing, OURS)).rejects.toMatchObject({ kind: "Conflict" });
      expect(finalizersOf(server)).toEqual(["theirs"]);
    }));

  test("is removed in spite of somebody else's change, which stays", () =>
    withThing({ finalizers: [OURS] }, async (server, client, thing) => {
      server.put(COLLECTION, { ...thing, metadata: { ...thing.metadata, finalizers: [OURS, "theirs"] } });
      await removeFinalizer(client, THINGS, thing, OURS);
      expect(finalizersOf(server)).toEqual(["theirs"]);
    }));

  test("of an object that is gone counts as removed", () =>
    withThing({ finalizers: [OURS] }, async (server, client, thing) => {
      server.remove(COLLECTION, "a", "d");
      await removeFinalizer(client, THINGS, thing, OURS);
      expect(server.received.length).toBe(1);
    }));

  test("of an object that has been made anew is left to the new one", () =>
    withThing({ finalizers: [OURS] }, async (server, client, thing) => {
      server.remove(COLLECTION, "a", "d");
      server.put(COLLECTION, { ...thing, metadata: { name: "a", namespace: "d", uid: "new", finalizers: [OURS] } });
      await removeFinalizer(client, THINGS, thing, OURS);
      expect(finalizersOf(server)).toEqual([OURS]);
    }));

  test("that is not there is not written", () =>
    withThing({}, async (server, client, thing) => {
      await removeFinalizer(client, THINGS, thing, OURS);
      expect(server.received).toEqual([]);
    }));
});
