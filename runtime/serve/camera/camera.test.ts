import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { close, openStage, period, revision, settle, side, white } from "./stage.fake.ts";

describe("a frame", () => {
  test("that is being looked at while another revision takes over is finished by the one that began", async () => {
    const all = openStage();
    const { slots, looks, closed, ends, told, open, send } = all;
    slots.arrange({ active: revision("a"), standby: revision("b") });
    await settle();
    const camera = open();
    for (let frame = 0; frame < 3; frame += 1) {
      await send();
      if (frame < 2) looks.at(-1)!.answer();
    }
    slots.arrange({ active: revision("b") });
    await send(white, { looked: false });
    expect([looks.map(({ by }) => by), closed]).toEqual([["a", "a", "a"], []]);
    looks.at(-1)!.answer();
    await settle(() => looks.length === 4 && closed.length === 1);
    looks.at(-1)!.answer();
    await settle(() => ends.length === 4);
    await close(camera, all);
    expect([looks.at(-1)!.by, closed, told[0]?.sighting.revision]).toEqual(["b", ["a"], "a"]);
    expect(ends).toMatchObject([{}, {}, { outcome: "seen", swapped: true }, { outcome: "seen", swapped: false }]);
  });

  test.each([
    ["is told to be unreadable when it is no picture", "a", Buffer.from("no picture"), "unreadable"],
    ["is not even decoded while nothing drives", undefined, Buffer.from("no picture"), "noModel"],
  ])("%s", async (_, active, bytes, outcome) => {
    const all = openStage();
    all.slots.arrange(active === undefined ? {} : { active: revision(active) });
    await settle();
    const camera = all.open();
    await all.send(bytes, { looked: false });
    await settle(() => all.ends.length === 1);
    await close(camera, all);
    expect(all.outcomes()).toEqual([outcome]);
  });

  test("that cannot be read, ten times in a row, makes its camera failed, until one can be", async () => {
    const all = openStage();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    for (let frame = 1; frame <= 10; frame += 1) {
      expect(camera.status.state).not.toBe("Failed");
      await all.send(Buffer.from("no picture"), { looked: false });
      await settle(() => all.ends.length === frame);
    }
    expect(camera.status.state).toBe("Failed");
    expect(camera.status.message).toContain("cannot be read");
    await all.send();
    all.looks[0]!.answer();
    await settle(() => all.ends.length === 11);
    expect(camera.status.state).not.toBe("Failed");
    await close(camera, all);
  });

  test("is failed when the slot fails, and the next one is looked at", async () => {
    const all = openStage();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    all.looks[0]!.fail();
    await all.send();
    all.looks[1]!.answer();
    await settle(() => all.ends.length === 2);
    await close(camera, all);
    expect(all.outcomes()).toEqual(["failed", "seen"]);
  });

  test("is failed when its events cannot be told, and the next one is looked at", async () => {
    const all = openStage();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    all.world.tell = () => {
      throw new Error("no disk");
    };
    for (let frame = 0; frame < 3; frame += 1) {
      await all.send();
      all.looks[frame]!.answer();
    }
    await settle(() => all.ends.length === 3);
    all.world.tell = () => undefined;
    await close(camera, all);
    expect(all.outcomes()).toEqual(["seen", "seen", "failed"]);
  });

  test("gives its place to a newer one while the one before is looked at", async () => {
    const all = openStage();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    for (let frame = 0; frame < 3; frame += 1) await all.send(white, { looked: false });
    all.looks[0]!.answer();
    await settle(() => all.looks.length === 2);
    all.looks[1]!.answer();
    await close(camera, all);
    expect(all.outcomes()).toEqual(["dropped", "dropped", "seen", "seen"]);
    expect(all.ends.map(({ milliseconds }) => milliseconds)).toEqual([period, period, 3 * period, 0]);
  });

  test("that was taken is looked at before the camera is closed", async () => {
    const all = openStage();
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    await all.send(white, { looked: false });
    const closing = close(camera, all);
    all.looks[0]!.answer();
    await settle(() => all.looks.length === 2);
    all.looks[1]!.answer();
    await closing;
    expect([all.outcomes(), all.told.map(({ happening }) => happening.type)]).toEqual([["seen", "seen"], ["ended"]]);
  });

  test("is black where the privacy masks are", async () => {
    const all = openStage({ privacyMasks: [{ name: "left", left: "0", top: "0", width: "0.5", height: "1" }] });
    all.slots.arrange({ active: revision("a") });
    await settle();
    const camera = all.open();
    await all.send();
    const { data } = all.looks[0]!.image;
    all.looks[0]!.answer();
    await close(camera, all);
    const row = Array.from({ length: side }, (_, column) => data[3 * column]);
    expect(row).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
  });

  test("has one end, whatever comes in whatever order, and none is lost at a swap", async () => {
    const step = fc.constantFrom("frame", "answer", "fail", "swap", "nothing", "garbage");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const all = openStage();
        all.slots.arrange({ active: revision("a"), standby: revision("b") });
        await settle();
        const camera = all.open();
        let [active, standby, answered] = ["a", "b", 0];
        const answer = (how: "answer" | "fail") => all.looks.at(answered) && all.looks[answered++]![how]();
        for (const each of steps) {
          if (each === "frame") await all.send(white, { looked: false });
          if (each === "garbage") await all.send(Buffer.from("?"), { looked: false });
          if (each === "answer" || each === "fail") answer(each);
          if (each === "swap") {
            [active, standby] = [standby, active];
            all.slots.arrange({ active: revision(active), standby: revision(standby) });
          }
          await settle();
        }
        let isClosed = false;
        const closing = close(camera, all).then(() => (isClosed = true));
        await settle(() => {
          answer("answer");
          return isClosed;
        });
        await closing;
        expect(all.ends).toHaveLength(all.taken());
        expect(all.ends.filter(({ outcome }) => outcome === "noModel")).toEqual([]);
        expect(all.outcomes().filter((outcome) => outcome === "failed").length).toBeLessThanOrEqual(
          steps.filter((each) => each === "fail").length,
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("a camera whose source fails", () => {
  test("says so and ends nothing else", async () => {
    const all = openStage();
    all.world.source = () => {
      throw new Error("a defect");
    };
    const camera = all.open();
    await settle();
    expect(camera.status).toMatchObject({ name: "entrance", state: "Failed" });
    await close(camera, all);
  });
});
