import { set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

export const engineBuildCases = casesOf("EngineBuild", [
  {
    story: "a build that changes",
    edit: set("spec.attempt", 1),
    update: true,
    field: "spec",
    remedy: "an EngineBuild does not change: the operator makes another one",
  },
  {
    story: "a negative attempt",
    edit: set("spec.attempt", -1),
    field: "spec.attempt",
    remedy: "should be greater than or equal to 0",
  },
]);

export const nodeRuntimeCases = casesOf("NodeRuntime", [
  {
    story: "another name than the node's",
    edit: set("spec.nodeName", "orin-nx-2"),
    field: "spec.nodeName",
    remedy: "metadata.name must equal spec.nodeName: one NodeRuntime a node",
  },
  {
    story: "an unknown phase",
    edit: set("spec.trial.phase", "Canary"),
    field: "spec.trial.phase",
    remedy: 'supported values: "Shadow", "Soak"',
  },
]);
