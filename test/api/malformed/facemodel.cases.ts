import { remove, set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

const waves = "spec.rollout.waves";
const int8 = [set("spec.precision", "INT8"), set("spec.calibration", { datasetRef: { name: "gate" } })];

export const faceModelCases = casesOf("FaceModel", [
  {
    story: "INT8 without calibration",
    from: int8,
    edit: remove("spec.calibration"),
    field: "spec.calibration",
    remedy: "precision INT8 needs calibration.datasetRef",
  },
  {
    story: "calibration of FP32",
    edit: set("spec.calibration", { datasetRef: { name: "gate" } }),
    field: "spec.calibration",
    remedy: "calibration belongs to precision INT8: remove it",
  },
  {
    story: "a backend that is not in this version",
    edit: set("spec.engine", { backend: "TensorRT" }),
    field: "spec.engine.backend",
    remedy: "backend TensorRT is not in this version: use Auto or ONNXRuntime",
  },
  {
    story: "engines of a class of hardware",
    edit: set("spec.engine", { scope: "HardwareClass" }),
    field: "spec.engine.scope",
    remedy: "scope HardwareClass is not in this version: use Node",
  },
  {
    story: "an unknown backend",
    edit: set("spec.engine", { backend: "CUDA" }),
    field: "spec.engine.backend",
    remedy: 'supported values: "Auto", "TensorRT", "ONNXRuntime"',
  },
  {
    story: "a timeout without a unit",
    edit: set("spec.timeouts", { build: "30" }),
    field: "spec.timeouts.build",
    remedy: "must be a duration such as 250ms, 90s, 5m or 1h30m",
  },
  {
    story: "a timeout of nothing",
    edit: set("spec.timeouts", { build: "0m" }),
    field: "spec.timeouts.build",
    remedy: "must be longer than nothing",
  },
  {
    story: "overlapping waves",
    edit: set(`${waves}[1].nodes`, { matchLabels: { "facefleet.dev/ring": "canary" } }),
    field: waves,
    remedy: "waves overlap: two of them select the same nodes",
  },
  {
    story: "a wave without a selector before the last",
    edit: remove(`${waves}[0].nodes`),
    field: waves,
    remedy: "only the last wave may leave out nodes",
  },
  {
    story: "no wave",
    edit: set(waves, []),
    field: waves,
    remedy: "should have at least 1 items",
  },
  {
    story: "no node that may change",
    edit: set(`${waves}[0].maxUnavailable`, "0"),
    field: `${waves}[0].maxUnavailable`,
    remedy: "must be a count of at least 1 or a percentage",
  },
  {
    story: "a negative count of failures",
    edit: set(`${waves}[0].maxFailures`, -1),
    field: `${waves}[0].maxFailures`,
    remedy: "should be greater than or equal to 0",
  },
  {
    story: "half a build at once",
    edit: set("spec.rollout.maxConcurrentBuilds", 1.5),
    field: "spec.rollout.maxConcurrentBuilds",
    remedy: "must be of type integer",
  },
  {
    story: "a selector with In and no values",
    edit: set("spec.nodes", { matchExpressions: [{ key: "ring", operator: "In" }] }),
    field: "spec.nodes.matchExpressions[0].values",
    remedy: "In and NotIn need values, Exists and DoesNotExist take none",
  },
  {
    story: "a history of a thousand revisions",
    edit: set("spec.revisionHistoryLimit", 1000),
    field: "spec.revisionHistoryLimit",
    remedy: "should be less than or equal to 10",
  },
]);
