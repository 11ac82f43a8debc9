import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { backoffDelay } from "./backoff.ts";
import { FakeClock } from "./clock.fake.ts";
import { systemClock } from "./clock.ts";
import { Deadline, DeadlineExceeded } from "./deadline.ts";
import { TokenBucket } from "./tokens.ts";

describe("a deadline", () => {
  test("aborts when its time has passed, unless it is extended", async () => {
    const clock = new FakeClock();
    using deadline = new Deadline({ clock, what: "test", allowed: 100 });
    await clock.advance(90);
    deadline.extend();
    await clock.advance(90);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(10);
    expect([deadline.exceeded, deadline.signal.reason]).toEqual([true, new DeadlineExceeded("test", 100)]);
  });

  test("aborts with its parent, for its parent's reason", () => {
    const parent = new AbortController();
    using deadline = new Deadline({ clock: new FakeClock(), what: "test", allowed: 100, parent: parent.signal });
    parent.abort("enough");
    expect([deadline.exceeded, deadline.signal.reason]).toEqual([false, "enough"]);
  });

  test("aborts at once when its parent has", () => {
    using deadline = new Deadline({
      clock: new FakeClock(),
      what: "test",
      allowed: 100,
      parent: AbortSignal.abort("gone"),
    });
    expect(deadline.signal.reason).toBe("gone");
  });

  test("leaves nothing behind when disposed of", () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const deadline = new Deadline({ clock, what: "test", allowed: 100, parent: parent.signal });
    deadline[Symbol.dispose]();
    parent.abort("enough");
    expect([clock.pending, deadline.signal.aborted]).toEqual([0, false]);
  });
});

describe("a clock", () => {
  test("sleeps until its time, or rejects with the reason of the signal and leaves no timer", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const slept = clock.sleep(100, stop.signal);
    stop.abort(new Error("awake"));
    await expect(slept).rejects.toThrow("awake");
    await expect(clock.sleep(100, stop.signal)).rejects.toThrow("awake");
    expect(clock.pending).toBe(0);
  });

  test("of the host fires timers in turn, and those that are canceled not at all", async () => {
    const fired: string[] = [];
    systemClock.setTimer(300, () => fired.push("second"));
    systemClock.setTimer(0, () => fired.push("first"));
    systemClock.setTimer(0, () => fired.push("never")).cancel();
    systemClock.setTimer(1, () => fired.push("never")).cancel();
    const far = systemClock.setTimer(2 ** 31, () => fired.push("too early"));
    await systemClock.sleep(600);
    far.cancel();
    expect(fired).toEqual(["first", "second"]);
  });
});

test("a backoff grows with failures, never beyond its cap, and its jitter only shortens it", () => {
  const share = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), share, share, (failures, jitter, random) => {
      const backoff = { base: 100, cap: 60_000, jitter };
      const whole = backoffDelay({ ...backoff, jitter: 0 }, failures, () => random);
      const delay = backoffDelay(backoff, failures, () => random);
      expect(whole).toBe(Math.min(60_000, 100 * 2 ** (failures - 1)));
      expect(delay).toBeLessThanOrEqual(whole);
      expect(delay).toBeGreaterThanOrEqual(whole * (1 - jitter));
    }),
  );
});

test("a token bucket gives out no more than its burst and its rate, however it is asked", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }), (gaps) => {
      const bucket = new TokenBucket({ burst: 3, every: 100 }, 0);
      let [now, taken] = [0, 0];
      for (const gap of gaps) {
        now += gap;
        if (bucket.take(now)) taken += 1;
        expect(taken).toBeLessThanOrEqual(3 + now / 100);
      }
      expect(bucket.isFull(now + 300)).toBe(true);
    }),
  );
});
