import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FakeApiServer } from "./api-server.fake.ts";
import { FakeClock } from "./clock.fake.ts";
import type { Client } from "./client.ts";
import { ApiError } from "./api-error.ts";
import { createLeaderElector, type LeaderElector, type Lease, LeaseLost } from "./lease.ts";
import { createClient } from "./http-client.ts";
import { createLogger } from "./log.ts";
import { systemClock } from "./clock.ts";

const log = createLogger({ name: "test", level: "silent" });
const NAMED = { namespace: "d", name: "operator", log, random: () => 0.5 };

/** A Lease kept in memory, as a server would: for elections on a fake clock. */
class LeaseStore {
  lease: Lease | undefined;
  writes = 0;
  /** Identities that cannot reach the server at the moment. */
  readonly cutOff = new Set<string>();
  #version = 0;

  clientOf(identity: string): Client {
    const reach = <T>(answer: () => T): Promise<T> => {
      if (this.cutOff.has(identity)) return Promise.reject(new ApiError("cut off", { kind: "Unreachable" }));
      return Promise.resolve().then(answer);
    };
    const client: Partial<Record<keyof Client, unknown>> = {
      get: () => reach(() => this.lease ?? refuse("NotFound")),
      create: (_resource: unknown, lease: Lease) =>
        reach(() => (this.lease === undefined ? this.#put(lease) : refuse("AlreadyExists"))),
      replace: (_resource: unknown, lease: Lease) =>
        reach(() =>
          lease.metadata.resourceVersion === this.lease?.metadata.resourceVersion
            ? this.#put(lease)
            : refuse("Conflict"),
        ),
    };
    return client as Client;
  }

  #put(lease: Lease): Lease {
    this.writes += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String((this.#version += 1)) } };
    return this.lease;
  }
}

function refuse(kind: "NotFound" | "AlreadyExists" | "Conflict"): never {
  throw new ApiError(kind, { kind });
}

function elect(store: LeaseStore, clock: FakeClock, identity: string, random = () => 0.5): LeaderElector {
  return createLeaderElector({ ...NAMED, random, clock, client: store.clientOf(identity), identity });
}

/** Runs an elector as a manager does, until it loses or is stopped; says when it leads. */
function run(elector: LeaderElector, signal: AbortSignal): { readonly outcome: Promise<string> } {
  const outcome = elector
    .acquire(signal)
    .then(() => elector.hold(signal))
    .then(
      () => "stopped",
      (error: unknown) => (error instanceof LeaseLost ? "lost" : "never led"),
    );
  return { outcome };
}

describe("an election", () => {
  test("has one leader, who keeps renewing while the others wait", async () => {
    const [store, clock, stop] = [new LeaseStore(), new FakeClock(), new AbortController()];
    const electors = ["a", "b", "c"].map((identity) => elect(store, clock, identity));
    const runs = electors.map((elector) => run(elector, stop.signal));
    await clock.advance(120_000);
    expect(electors.map((elector) => elector.isLeader())).toEqual([true, false, false]);
    expect(store.lease?.spec).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
    stop.abort(new Error("over"));
    await clock.advance(0);
    expect(await Promise.all(runs.map(({ outcome }) => outcome))).toEqual(["stopped", "never led", "never led"]);
  });

  test("passes to another within the lease's duration and one look when the leader dies", async () => {
    const [store, clock] = [new LeaseStore(), new FakeClock()];
    const [dies, stop] = [new AbortController(), new AbortController()];
    const [first, second] = [elect(store, clock, "a"), elect(store, clock, "b")];
    run(first, dies.signal);
    await clock.advance(10_000);
    run(second, stop.signal);
    await clock.advance(10_000);
    dies.abort(new Error("killed"));
    await clock.advance(15_000 + 2 * 2_000 * 2.2);
    expect([first.isLeader(), second.isLeader()]).toEqual([false, true]);
    expect(store.lease?.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
    stop.abort(new Error("over"));
  });

  test("passes to another at its next look when the leader releases", async () => {
    const [store, clock] = [new LeaseStore(), new FakeClock()];
    const [leaves, stop] = [new AbortController(), new AbortController()];
    const [first, second] = [elect(store, clock, "a"), elect(store, clock, "b")];
    run(first, leaves.signal);
    await clock.advance(5_000);
    run(second, stop.signal);
    await clock.advance(5_000);
    leaves.abort(new Error("leaving"));
    await first.release();
    expect(() => first.assertHeld()).toThrow(LeaseLost);
    await clock.advance(2_000 * 2.2);
    expect(second.isLeader()).toBe(true);
    stop.abort(new Error("over"));
  });

  test("is lost by a leader that cannot renew, before anybody else may win it", async () => {
    const [store, clock, stop] = [new LeaseStore(), new FakeClock(), new AbortController()];
    const [first, second] = [elect(store, clock, "a"), elect(store, clock, "b")];
    const { outcome } = run(first, stop.signal);
    await clock.advance(10_000);
    run(second, stop.signal);
    await clock.advance(4_000);
    store.cutOff.add("a");
    await clock.advance(10_000);
    expect([first.isLeader(), second.isLeader()]).toEqual([false, false]);
    expect(await outcome).toBe("lost");
    await clock.advance(10_000);
    expect(second.isLeader()).toBe(true);
    stop.abort(new Error("over"));
  });

  test("survives a renewal that fails, and one whose answer was lost", async () => {
    const [store, clock, stop] = [new LeaseStore(), new FakeClock(), new AbortController()];
    const elector = elect(store, clock, "a");
    run(elector, stop.signal);
    await clock.advance(4_000);
    store.cutOff.add("a");
    await clock.advance(5_000);
    store.cutOff.clear();
    store.lease = { ...store.lease!, metadata: { ...store.lease!.metadata, resourceVersion: "changed" } };
    await clock.advance(20_000);
    expect(elector.isLeader()).toBe(true);
    stop.abort(new Error("over"));
  });

  test("is given up at once by a leader that sees another's name on the lease", async () => {
    const [store, clock, stop] = [new LeaseStore(), new FakeClock(), new AbortController()];
    const elector = elect(store, clock, "a");
    const { outcome } = run(elector, stop.signal);
    await clock.advance(4_000);
    store.lease = {
      ...store.lease!,
      metadata: { ...store.lease!.metadata, resourceVersion: "x" },
      spec: { holderIdentity: "z" },
    };
    await clock.advance(4_001);
    expect([elector.isLeader(), await outcome]).toEqual([false, "lost"]);
  });

  test("does not mind wall clocks that are hours apart, or step", async () => {
    const store = new LeaseStore();
    const clock = new FakeClock();
    const stop = new AbortController();
    const [first, second] = [elect(store, clock, "a"), elect(store, clock, "b")];
    run(first, stop.signal);
    await clock.advance(2_000);
    clock.stepWall(-7_200_000);
    run(second, stop.signal);
    await clock.advance(30_000);
    clock.stepWall(14_400_000);
    await clock.advance(30_000);
    expect([first.isLeader(), second.isLeader()]).toEqual([true, false]);
    stop.abort(new Error("over"));
  });

  test("is refused with times that leave no margin", () => {
    const options = { ...NAMED, clock: systemClock, client: new LeaseStore().clientOf("a"), identity: "a" };
    expect(() => createLeaderElector({ ...options, timing: { renewDeadline: 15_000 } })).toThrow(
      "renewDeadline 15000 ms",
    );
  });

  test("works over a real connection", async () => {
    await using server = await FakeApiServer.start();
    const client = createClient({ connection: server.connection });
    const elector = createLeaderElector({ ...NAMED, clock: systemClock, client, identity: "a" });
    await elector.acquire(new AbortController().signal);
    elector.assertHeld();
    await elector.release();
    const [lease] = server.objects("apis/coordination.k8s.io/leases") as Lease[];
    expect(lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    await client.close();
  });
});

const identity = fc.constantFrom("a", "b", "c");
const turn = fc.oneof(
  fc.record({ do: fc.constant("wait" as const), for: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ do: fc.constantFrom("cut" as const, "heal" as const, "kill" as const, "leave" as const), identity }),
);

test("there are never two leaders at once, and somebody leads once the network is whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { maxLength: 20 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
      async (turns, chance) => {
        const [store, clock] = [new LeaseStore(), new FakeClock()];
        const random = (): number => chance.next().value as number;
        const members = new Map<string, { elector: LeaderElector; stop: AbortController }>();
        const start = (identity: string): void => {
          const [elector, stop] = [elect(store, clock, identity, random), new AbortController()];
          members.set(identity, { elector, stop });
          // Like a pod: it is started again when it loses.
          run(elector, stop.signal)
            .outcome.then((outcome) => outcome === "lost" && start(identity))
            .catch(() => undefined);
        };
        const leaders = (): string[] =>
          [...members].filter(([, { elector }]) => elector.isLeader()).map(([identity]) => identity);
        const pass = async (time: number): Promise<void> => {
          for (let left = time; left > 0; left -= 500) {
            await clock.advance(Math.min(left, 500));
            expect(leaders().length).toBeLessThanOrEqual(1);
          }
        };
        for (const identity of ["a", "b", "c"]) start(identity);
        for (const turn of turns) {
          if (turn.do === "wait") await pass(turn.for);
          else if (turn.do === "cut") store.cutOff.add(turn.identity);
          else if (turn.do === "heal") store.cutOff.delete(turn.identity);
          else {
            const { elector, stop } = members.get(turn.identity)!;
            stop.abort(new Error(turn.do));
            await clock.advance(0);
            if (turn.do === "leave") await elector.release();
            start(turn.identity);
          }
        }
        store.cutOff.clear();
        await pass(40_000);
        expect(leaders().length).toBe(1);
        for (const { stop } of members.values()) stop.abort(new Error("over"));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
