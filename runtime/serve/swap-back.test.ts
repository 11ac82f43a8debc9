import { describe, expect, test } from "@jest/globals";
import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { decideSwapBack } from "./swap-back.ts";

type Slot = NonNullable<NonNullable<NodeRuntimeStatus["slots"]>["active"]>;
type Trial = NonNullable<NodeRuntimeStatus["trial"]>;

const revision = (name: string) => ({ revision: name, engineKey: `key-${name}` });
const [b, a] = [revision("b"), revision("a")];
const slot = (of: ReturnType<typeof revision>, state: Slot["state"] = "Ready"): Slot => ({
  ...of,
  state,
  since: "2026-01-01T00:00:00.000Z",
  ...(state === "Failed" && { message: "crashed" }),
});
const spec = (phase: "Shadow" | "Soak" = "Soak"): Pick<NodeRuntimeSpec, "slots" | "trial"> => ({
  slots: { active: b, standby: a },
  trial: { id: "one", phase, gate: { alpha: "0.05", minSamples: 1, deadline: "1h", checks: [] } },
});
const measurement = { metric: "ProbeIdentity", n: 50, verdict: "Failure" } as const;
const shown = (verdict: Trial["verdict"], id = "one"): Trial => ({
  id,
  startedAt: "2026-01-01T00:00:00.000Z",
  verdict,
  message: "ProbeIdentity: worse",
  evidence: [{ metric: "ProbeIdentity", state: "-1:50", measurement: { ...measurement, verdict } }],
});

describe("a node leaves the candidate", () => {
  test.each([
    ["that is shown worse while it soaks", spec(), slot(b), slot(a), shown("Failure"), "ProbeIdentity: worse"],
    ["that crashed", spec(), slot(b, "Failed"), slot(a), undefined, "crashed"],
    ["that could not be loaded, when the other drives", spec(), slot(a), slot(b, "Failed"), undefined, "crashed"],
    ["not, when it is as good", spec(), slot(b), slot(a), shown("Success"), undefined],
    ["not, when it is not known", spec(), slot(b), slot(a), shown("Inconclusive"), undefined],
    ["not, when it could not be measured", spec(), slot(b), slot(a), shown("Error"), undefined],
    ["not, when what it replaced crashed", spec(), slot(b), slot(a, "Failed"), shown("Success"), undefined],
    ["not, by the evidence of another comparison", spec(), slot(b), slot(a), shown("Failure", "two"), undefined],
    [
      "not in shadow, where the operator decides",
      spec("Shadow"),
      slot(b, "Failed"),
      slot(a),
      shown("Failure"),
      undefined,
    ],
    [
      "not, when nothing is compared",
      { slots: { active: b, standby: a } },
      slot(b, "Failed"),
      slot(a),
      undefined,
      undefined,
    ],
    [
      "not, when there is nothing to go back to",
      { ...spec(), slots: { active: b } },
      slot(b, "Failed"),
      undefined,
      undefined,
      undefined,
    ],
  ])("%s", (_, wanted, active, standby, trial, message) => {
    const back = decideSwapBack(wanted, { active, standby }, () => trial, 0);
    expect(back?.message).toBe(message);
    if (message !== undefined) {
      expect(back).toMatchObject({ trial: "one", from: "b", to: "a", time: "1970-01-01T00:00:00.000Z" });
    }
  });

  test("and says by which measurement", () => {
    expect(decideSwapBack(spec(), { active: slot(b) }, () => shown("Failure"), 0)).toMatchObject({ measurement });
  });
});
