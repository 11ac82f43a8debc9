import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LuaFactory } from "wasmoon";
import { parseAllDocuments } from "yaml";
import { examples } from "../../crds/examples.ts";
import { apiVersion } from "../../crds/kind.ts";
import type { Condition } from "../../crds/shared.ts";
import { startCluster, type Cluster } from "../../hack/cluster/cluster.ts";
import { apiOf, mergePatch, type Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { installCrds } from "../support/install.ts";

const guide = await readFile(new URL("../../docs/gitops.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(
  ([, yaml = ""]) => parseAllDocuments(yaml)[0]!.toJS() as unknown,
);

interface Story {
  story: string;
  status?: { observedGeneration?: number; conditions?: Condition[] };
  flux: "InProgress" | "Failed" | "Current";
  argo: string;
}

function condition(type: string, status: Condition["status"] = "True"): Condition {
  return { type, status, reason: "Told", message: `${type} is ${status}`, lastTransitionTime: "2026-01-01T00:00:00Z" };
}
const observed = (...conditions: Condition[]) => ({ observedGeneration: 1, conditions });

/** What a status means to what waits for it. All are of an object of generation 1. */
const stories: Story[] = [
  { story: "a new object without a status", flux: "InProgress", argo: "Progressing" },
  {
    story: "a status that has observed nothing",
    status: { conditions: [condition("Ready")] },
    flux: "InProgress",
    argo: "Progressing",
  },
  {
    story: "a status of the spec before",
    status: { observedGeneration: 0, conditions: [condition("Ready")] },
    flux: "InProgress",
    argo: "Progressing",
  },
  {
    story: "a rollout under way",
    status: observed(condition("Ready", "False"), condition("Reconciling")),
    flux: "InProgress",
    argo: "Progressing",
  },
  { story: "a promoted model", status: observed(condition("Ready")), flux: "Current", argo: "Healthy" },
  {
    story: "a revision that was rolled back",
    status: observed(condition("Ready", "False"), condition("Stalled")),
    flux: "Failed",
    argo: "Degraded",
  },
];

describe("Argo CD's health check in the guide", () => {
  const { data } = blocks.find((block) => (block as { data?: object }).data) as { data: Record<string, string> };

  async function healthOf(object: { spec: object; status?: object | undefined }): Promise<unknown> {
    const lua = await new LuaFactory().createEngine();
    try {
      lua.global.set("obj", JSON.parse(JSON.stringify({ metadata: { generation: 1 }, ...object })));
      return await lua.doString(data["resource.customizations.health.facefleet.dev_FaceModel"]!);
    } finally {
      lua.global.close();
    }
  }

  test.each(stories)("calls $story $argo", async ({ status, argo }) => {
    expect(await healthOf({ spec: {}, status })).toMatchObject({ status: argo, message: expect.stringMatching(/\w/) });
  });

  test("calls a rollout that somebody suspended Suspended", async () => {
    const status = observed(condition("Ready", "False"));
    expect(await healthOf({ spec: { suspend: true }, status })).toMatchObject({ status: "Suspended" });
  });

  test("is one script for all kinds", () => {
    expect(new Set(Object.values(data)).size).toBe(1);
    expect(Object.keys(data).length).toBeGreaterThan(3);
  });
});

describe("Flux's health check in the guide", () => {
  type Verdict = "inProgress" | "failed" | "current";
  const flux = blocks.find((block) => (block as { kind?: string }).kind === "Kustomization") as {
    spec: { healthCheckExprs: [Record<Verdict, string>] };
  };
  const [expressions] = flux.spec.healthCheckExprs;
  const model = `/apis/${apiVersion}/namespaces/default/facemodels/${examples.FaceModel.metadata.name}`;
  let cluster: Cluster;
  let api: Api;

  beforeAll(async () => {
    cluster = await startCluster();
    api = await apiOf(cluster.adminKubeconfig);
    await installCrds(api);
    const { metadata, spec } = examples.FaceModel;
    const object = { apiVersion, kind: "FaceModel", metadata: { name: metadata.name }, spec };
    await api.send("POST", model.slice(0, model.lastIndexOf("/")), object);
    await tellVerdicts(api, expressions);
    await eventually("the verdicts are told", async () => (await verdictOf({})) !== undefined);
  }, 20 * 60_000);
  afterAll(async () => {
    await api.close();
    await cluster.stop();
  });

  /** As Flux orders them: in progress, failed, current; none is in progress. */
  async function verdictOf(status: object): Promise<Story["flux"] | undefined> {
    const { message } = await api.send("PATCH", `${model}/status?dryRun=All`, { status }, mergePatch);
    const told = /inProgress=(\w+) failed=(\w+) current=(\w+)/.exec(message);
    if (told === null) return undefined;
    const [, inProgress, failed, current] = told;
    if (inProgress === "true") return "InProgress";
    if (failed === "true") return "Failed";
    return current === "true" ? "Current" : "InProgress";
  }

  test.each(stories)("calls $story $flux", async ({ status = {}, flux }) => {
    expect(await verdictOf(status)).toBe(flux);
  });
});

/** Has the API server's own CEL evaluate the expressions and say what came of it, by a policy that refuses every status. */
async function tellVerdicts(api: Api, { inProgress, failed, current }: Record<string, string>): Promise<void> {
  const ofObject = (expression = "") =>
    expression.replaceAll(/\b(status|metadata)\./g, "object.$1.").replaceAll("c.object.", "c.");
  const told = Object.entries({ inProgress, failed, current }).map(
    ([name, expression]) => `' ${name}=' + string(${ofObject(expression)})`,
  );
  const metadata = { name: "tell-verdicts" };
  const policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
  await api.send("POST", `${policies}ies`, {
    metadata,
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["facefleet.dev"],
            apiVersions: ["*"],
            operations: ["UPDATE"],
            resources: ["facemodels/status"],
          },
        ],
      },
      validations: [{ expression: "false", messageExpression: told.join(" + ") }],
    },
  });
  await api.send("POST", `${policies}ybindings`, {
    metadata,
    spec: { policyName: metadata.name, validationActions: ["Deny"] },
  });
}
