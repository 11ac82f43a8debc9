import { remove, set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

const offline = "spec.gates.offline";
const online = "spec.gates.online";

export const gateCases = casesOf("FaceModel", [
  {
    story: "a metric that the offline gate does not have",
    edit: set(`${offline}.checks[0].metric`, "Accuracy"),
    field: `${offline}.checks[0].metric`,
    remedy: 'supported values: "DetectionRate"',
  },
  {
    story: "an offline check that asks for nothing",
    edit: remove(`${offline}.checks[0].atLeast`),
    field: `${offline}.checks[0]`,
    remedy: "a check needs atLeast, atMost or margin",
  },
  {
    story: "a floor of more than one",
    edit: set(`${offline}.checks[0].atLeast`, "1.1"),
    field: `${offline}.checks[0].atLeast`,
    remedy: "must be a fraction from 0 to 1",
  },
  {
    story: "a floor for a latency",
    edit: set(`${offline}.checks[2]`, { metric: "LatencyP95", atLeast: "0.5" }),
    field: `${offline}.checks[2].atLeast`,
    remedy: "use atMost for latency and memory",
  },
  {
    story: "a ceiling for a rate",
    edit: set(`${offline}.checks[0]`, { metric: "DetectionRate", atMost: "0.9" }),
    field: `${offline}.checks[0].atMost`,
    remedy: "use atLeast for rates",
  },
  {
    story: "a latency in megabytes",
    edit: set(`${offline}.checks[2].atMost`, "40Mi"),
    field: `${offline}.checks[2].atMost`,
    remedy: "atMost of a latency must be a duration such as 40ms",
  },
  {
    story: "a false accept rate on a detection rate",
    edit: set(`${offline}.checks[0].falseAcceptRate`, "0.01"),
    field: `${offline}.checks[0].falseAcceptRate`,
    remedy: "falseAcceptRate belongs to metric TrueAcceptRate: remove it",
  },
  {
    story: "a worst subgroup without a floor",
    edit: set(`${offline}.checks[0]`, { metric: "DetectionRate", margin: "0.02", worstSubgroup: true }),
    field: `${offline}.checks[0].worstSubgroup`,
    remedy: "worstSubgroup needs atLeast",
  },
  {
    story: "a paired metric without a margin",
    edit: remove(`${online}.checks[0].margin`),
    field: `${online}.checks[0].margin`,
    remedy: 'a paired metric needs margin, such as "0.05"',
  },
  {
    story: "a margin that no evidence can show",
    edit: set(`${online}.checks[0].margin`, "0.001"),
    field: `${online}.checks[0].margin`,
    remedy: "margin must be at least 0.005",
  },
  {
    story: "one online metric twice",
    edit: set(`${online}.checks[1].metric`, "ProbeIdentity"),
    field: `${online}.checks[1]`,
    remedy: "Duplicate value",
  },
  {
    story: "probes without a dataset",
    edit: remove(`${online}.probes`),
    field: `${online}.probes`,
    remedy: "ProbeIdentity and ProbeExpression need probes.datasetRef",
  },
  {
    story: "an online gate in which nothing decides",
    edit: set(`${online}.checks`, [{ metric: "LatencyP95", atMost: "60ms", required: false }]),
    field: `${online}.checks`,
    remedy: "at least one required check must have a margin",
  },
  {
    story: "an online gate of ceilings alone, which shows nothing of accuracy",
    edit: set(`${online}.checks`, [{ metric: "LatencyP95", atMost: "60ms" }]),
    field: `${online}.checks`,
    remedy: "at least one required check must have a margin",
  },
  {
    story: "a chance of error of one half",
    edit: set(`${online}.alpha`, "0.5"),
    field: `${online}.alpha`,
    remedy: "must be above 0 and at most 0.2",
  },
  {
    story: "an offline gate that may err half of the time",
    edit: set(`${offline}.alpha`, "0.5"),
    field: `${offline}.alpha`,
    remedy: "must be above 0 and at most 0.2",
  },
  {
    story: "no sample at all",
    edit: set(`${online}.minSamples`, 0),
    field: `${online}.minSamples`,
    remedy: "should be greater than or equal to 1",
  },
]);
