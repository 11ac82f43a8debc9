import { beforeAll, describe, expect, test } from "@jest/globals";
import { kinds } from "../../crds/kinds.ts";
import { parseOperatorFlags } from "../../operator/flags.ts";
import { lintChart, renderChart, type RenderedObject } from "./render.ts";

/** Helm is built from source on a machine that has none. */
const building = 20 * 60_000;

interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface Container {
  image: string;
  args: string[];
  securityContext: Record<string, unknown>;
}

let objects: RenderedObject[];
beforeAll(async () => {
  objects = await renderChart();
}, building);

const find = (kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;
const kindsOf = (rendered: readonly RenderedObject[]) => rendered.map(({ kind }) => kind);
const containerOf = (rendered: readonly RenderedObject[]) => {
  const deployment = rendered.find(({ kind }) => kind === "Deployment") as unknown as {
    spec: { template: { spec: { containers: [Container] } } };
  };
  return deployment.spec.template.spec.containers[0];
};

test("helm lint finds nothing, warnings included", async () => {
  await expect(lintChart()).resolves.toContain("0 chart(s) failed");
});

describe("the chart", () => {
  test("installs every kind, and keeps it when it is uninstalled", () => {
    for (const { plural } of kinds) {
      const crd = find("CustomResourceDefinition", `${plural}.facefleet.dev`);
      expect(crd.metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
    }
  });

  test("gives no account a wildcard, a Secret, or rights over rights", () => {
    const rules = objects.flatMap((object) => (object.rules ?? []) as PolicyRule[]);
    expect(rules.length).toBeGreaterThan(10);
    for (const { apiGroups, resources, verbs } of rules) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain("*");
      expect(resources).not.toContain("secrets");
      expect(apiGroups).not.toContain("rbac.authorization.k8s.io");
      expect(verbs).not.toEqual(expect.arrayContaining([expect.stringMatching(/escalate|bind|impersonate/)]));
    }
  });

  test("puts everything that has a namespace into the release's", () => {
    const global = /^(CustomResourceDefinition|ClusterRole|ClusterRoleBinding|ValidatingAdmissionPolicy(Binding)?)$/;
    for (const { kind, metadata } of objects) {
      expect([kind, metadata.namespace]).toEqual([kind, global.test(kind) ? undefined : "facefleet"]);
    }
  });

  test("mounts no token into build Jobs", () => {
    expect(find("ServiceAccount", "facefleet-build").automountServiceAccountToken).toBe(false);
  });

  test("starts the operator with flags that it takes, listening on its pod's address only", () => {
    expect(parseOperatorFlags(containerOf(objects).args, "")).toMatchObject({
      namespace: "$(POD_NAMESPACE)",
      identity: "$(POD_NAME)",
      host: "$(POD_IP)",
      healthPort: 8081,
      metricsPort: 8080,
      leaderElect: true,
      settings: { runtimeImage: "ghcr.io/facefleet/facefleet:0.1.0", storePath: "/var/lib/facefleet", hostRoot: "/" },
    });
  });
});

describe("values", () => {
  const shown: [story: string, values: object, check: (rendered: RenderedObject[]) => void][] = [
    [
      "crds.install false leaves the definitions out",
      { crds: { install: false } },
      (rendered) => expect(kindsOf(rendered)).not.toContain("CustomResourceDefinition"),
    ],
    [
      "crds.keep false lets them go with the release",
      { crds: { keep: false } },
      (rendered) => {
        const crds = rendered.filter(({ kind }) => kind === "CustomResourceDefinition");
        expect(crds.map(({ metadata }) => metadata.annotations)).toEqual(kinds.map(() => undefined));
      },
    ],
    [
      "a digest wins over a tag",
      { image: { tag: "1.0.0", digest: `sha256:${"a".repeat(64)}` } },
      (rendered) => expect(containerOf(rendered).image).toBe(`ghcr.io/facefleet/facefleet@sha256:${"a".repeat(64)}`),
    ],
    [
      "the runtime has the operator's image unless told otherwise",
      { image: { repository: "registry.local/facefleet", tag: "2" } },
      (rendered) => expect(containerOf(rendered).args).toContain("--runtime-image=registry.local/facefleet:2"),
    ],
    [
      "an image of its own reaches the runtime",
      { runtime: { image: "registry.local/facefleet-orin:2" } },
      (rendered) => expect(containerOf(rendered).args).toContain("--runtime-image=registry.local/facefleet-orin:2"),
    ],
    [
      "what is optional is there when asked for",
      {
        networkPolicy: { enabled: true },
        podDisruptionBudget: { enabled: true },
        serviceMonitor: { enabled: true },
      },
      (rendered) =>
        expect(kindsOf(rendered)).toEqual(
          expect.arrayContaining(["NetworkPolicy", "PodDisruptionBudget", "ServiceMonitor", "Service"]),
        ),
    ],
    [
      "the policy and roles for people can be left out",
      { admissionPolicy: { enabled: false }, rbac: { userRoles: false } },
      (rendered) => {
        expect(kindsOf(rendered)).not.toContain("ValidatingAdmissionPolicy");
        expect(rendered.map(({ metadata }) => metadata.name)).not.toContain("facefleet-edit");
      },
    ],
  ];
  test.each(shown)("%s", async (_, values, check) => check(await renderChart(values)));

  test.each([
    ["an unknown one", { operator: { replica: 2 } }, /replica/],
    ["a digest that is none", { image: { digest: "latest" } }, /digest/],
    ["a store that is no absolute path", { runtime: { storePath: "facefleet" } }, /storePath/],
    ["a port that is none", { operator: { metricsPort: 70_000 } }, /metricsPort/],
  ])("%s is refused by name", async (_, values, message) => {
    await expect(renderChart(values)).rejects.toThrow(message);
  });

  test("another namespace reaches accounts, policies and bindings", async () => {
    const rendered = JSON.stringify(await renderChart({}, { namespace: "edge" }));
    expect(rendered).toContain("system:serviceaccount:edge:facefleet-runtime");
    expect(rendered).not.toMatch(/"namespace":"facefleet"/);
  });
});
