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

const camera = "spec.cameras[0]";

export const nodeRuntimeCases = casesOf("NodeRuntime", [
  {
    story: "a file as USB camera",
    from: [set(`${camera}.source`, { type: "USB", url: "/dev/video0" })],
    edit: set(`${camera}.source.url`, "/etc/passwd"),
    field: `${camera}.source.url`,
    remedy: "must be a device such as /dev/video0",
  },
  {
    story: "a device outside /dev by way of it",
    from: [set(`${camera}.source`, { type: "USB", url: "/dev/video0" })],
    edit: set(`${camera}.source.url`, "/dev/../etc/passwd"),
    field: `${camera}.source.url`,
    remedy: "must not climb with ..",
  },
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
