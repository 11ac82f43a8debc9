import { describe, expect, test } from "@jest/globals";
import { Trial, type TrialSpec } from "../trial/trial.ts";
import { close, face, openStage, revision, settle, white } from "./stage.fake.ts";

const gate: TrialSpec["gate"] = {
  alpha: "0.05",
  minSamples: 1,
  deadline: "1h",
  checks: [{ metric: "ChampionAgreement", margin: "0.1", required: true }],
};

describe("the slot beside", () => {
  const trialOf = (phase: "Shadow" | "Soak") => new Trial({ id: phase, phase, gate }, 0);

  /** Slots a and b with one trial, and a camera on them. */
  async function begin(phase: "Shadow" | "Soak") {
    const all = openStage();
    all.slots.arrange({ active: revision("a"), standby: revision("b") });
    await settle();
    all.world.trial = trialOf(phase);
    const camera = all.open();
    const last = (by: string) => all.looks.filter((look) => look.by === by).at(-1)!;
    const play = async (frames: number, answers: { a: number; b: number }) => {
      for (let frame = 0; frame < frames; frame += 1) {
        await all.send();
        const before = all.looks.length;
        last("a").answer(face(answers.a));
        await settle(() => all.looks.length > before);
        last("b").answer(face(answers.b));
        await settle();
      }
    };
    return { ...all, camera, play, last };
  }

  test.each([
    ["is the candidate in shadow", "Shadow", { a: 0, b: 10 }, -1],
    ["is the champion while the candidate soaks", "Soak", { a: 10, b: 0 }, -1],
    ["agrees", "Shadow", { a: 0, b: 0 }, 0],
  ] as const)("%s", async (_, phase, answers, difference) => {
    const all = await begin(phase);
    await all.play(4, answers);
    await close(all.camera, all);
    const agreement = all.evidence.flatMap(({ differences }) =>
      differences.filter(({ metric }) => metric === "ChampionAgreement"),
    );
    expect(agreement).toEqual([{ metric: "ChampionAgreement", difference }]);
  });

  test("counts in no trial what it saw when the trial turned meanwhile", async () => {
    const all = await begin("Shadow");
    await all.play(3, { a: 0, b: 10 });
    await all.send();
    all.looks.at(-1)!.answer(face(0));
    await settle(() => all.looks.at(-1)!.by === "b");
    all.slots.arrange({ active: revision("b"), standby: revision("a") });
    all.world.trial = trialOf("Soak");
    all.last("b").answer(face(10));
    await settle();
    await close(all.camera, all);
    expect(all.evidence.map(({ trial }) => trial)).toEqual(["Shadow"]);
  });

  test("misses what comes while it looks, which counts against a candidate in shadow", async () => {
    const all = await begin("Shadow");
    for (let frame = 0; frame < 3; frame += 1) {
      await all.send();
      all.last("a").answer();
      await settle();
    }
    expect(all.looks.filter(({ by }) => by === "b")).toHaveLength(1);
    expect([all.world.trial!.speed.frames, all.world.trial!.speed.dropped]).toEqual([2, 1]);
    all.last("b").answer();
    await close(all.camera, all);
  });

  test("does not count against a candidate that soaks, but the frames do that it has no time for", async () => {
    const all = await begin("Soak");
    await all.send();
    await all.send(white, { looked: false });
    await all.send(white, { looked: false });
    all.looks[0]!.answer();
    await settle(() => all.looks.length >= 3);
    expect([all.world.trial!.speed.frames, all.world.trial!.speed.dropped]).toEqual([2, 0.5]);
    all.last("a").answer();
    all.last("b").answer();
    await settle();
    for (const look of all.looks) look.answer();
    await close(all.camera, all);
  });

  test("keeps its slot open until it has looked", async () => {
    const all = await begin("Shadow");
    await all.send();
    all.last("a").answer();
    await settle(() => all.looks.length === 2);
    all.world.trial = undefined;
    all.slots.arrange({ active: revision("a") });
    await settle();
    expect(all.closed).toEqual([]);
    all.last("b").answer();
    await settle(() => all.closed.length === 1);
    await close(all.camera, all);
    expect(all.closed).toEqual(["b"]);
  });
});
