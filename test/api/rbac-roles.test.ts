import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiOf, type Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { editModel, namespace, startFleet, starting, type Fleet } from "../support/fleet.ts";
import { apply } from "../support/install.ts";

let fleet: Fleet;
let admin: Api;
let operator: Api;
let build: Api;

beforeAll(async () => {
  fleet = await startFleet();
  admin = fleet.admin;
  operator = await fleet.token("facefleet-operator");
  build = await fleet.token("facefleet-build");
}, starting);
afterAll(() => fleet.stop());

describe("the chart", () => {
  test("is taken by the API server without a warning, pod security restricted included", () => {
    const troubled = fleet.answers.filter(({ reply }) => reply.status >= 300 || reply.warnings.length > 0);
    expect(troubled.map(({ name, reply }) => [name, reply.message, reply.warnings])).toEqual([]);
  });

  test("has a policy whose expressions the API server has checked without complaint", async () => {
    const name = "facefleet-node-writes-own-facefleet";
    const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`;
    let checked: { typeChecking?: { expressionWarnings?: object[] } } | undefined;
    await eventually(`${name} is type-checked`, async () => {
      checked = (await admin.send<{ status?: typeof checked }>("GET", path)).body.status;
      return checked?.typeChecking !== undefined;
    });
    expect(checked?.typeChecking?.expressionWarnings ?? []).toEqual([]);
  });
});

interface Access {
  group?: string;
  resource: string;
  verb: string;
  subresource?: string;
  /** Default: the release's. */
  in?: string;
}

/** What the server answers when a caller asks for its own rights. */
async function may(api: Api, { in: where = namespace, ...access }: Access): Promise<boolean> {
  const { body } = await api.send<{ status: { allowed: boolean } }>(
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    { spec: { resourceAttributes: { ...access, namespace: where } } },
  );
  return body.status.allowed;
}

const told = ({ verb, resource, subresource, in: where }: Access) =>
  `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}${where === undefined ? "" : ` in ${where || "all namespaces"}`}`;
const group = "facefleet.dev";

describe("the operator", () => {
  const needed: Access[] = [
    ...["facemodels", "facedatasets", "camerastreams", "facegalleries", "rolloutdecisions"].flatMap((resource) => [
      { group, resource, verb: "list" },
      { group, resource, verb: "watch" },
      { group, resource, subresource: "status", verb: "patch" },
    ]),
    ...["enginebuilds", "noderuntimes"].flatMap((resource) =>
      ["list", "watch", "create", "patch", "delete"].map((verb) => ({ group, resource, verb })),
    ),
    ...["list", "watch", "create", "patch", "delete"].flatMap((verb) => [
      { group: "batch", resource: "jobs", verb },
      { group: "apps", resource: "deployments", verb },
      { group: "apps", resource: "controllerrevisions", verb },
    ]),
    { resource: "configmaps", verb: "create" },
    { resource: "configmaps", verb: "patch" },
    { resource: "pods", verb: "list" },
    { resource: "nodes", verb: "list", in: "" },
    { group: "events.k8s.io", resource: "events", verb: "create" },
    { group: "coordination.k8s.io", resource: "leases", verb: "create" },
  ];
  test.each(needed.map((access) => [told(access), access] as const))("may %s", async (_, access) =>
    expect(await may(operator, access)).toBe(true),
  );

  const forbidden: Access[] = [
    ...["get", "list", "watch", "create", "delete"].map((verb) => ({ resource: "secrets", verb })),
    { resource: "configmaps", verb: "list" },
    { group, resource: "facemodels", verb: "delete" },
    { group, resource: "facemodels", verb: "create" },
    { group, resource: "rolloutdecisions", verb: "create" },
    { group, resource: "noderuntimes", subresource: "status", verb: "patch" },
    { group, resource: "facemodels", subresource: "finalizers", verb: "update" },
    { group, resource: "enginebuilds", subresource: "finalizers", verb: "update" },
    { group, resource: "facemodels", verb: "list", in: "default" },
    { group: "batch", resource: "jobs", verb: "create", in: "kube-system" },
    { group: "rbac.authorization.k8s.io", resource: "roles", verb: "create" },
    { group: "rbac.authorization.k8s.io", resource: "rolebindings", verb: "create" },
    { resource: "serviceaccounts", verb: "impersonate" },
    { resource: "serviceaccounts", subresource: "token", verb: "create" },
    { resource: "pods", subresource: "exec", verb: "create" },
    { resource: "nodes", verb: "patch", in: "" },
    { group: "coordination.k8s.io", resource: "leases", verb: "list" },
  ];
  test.each(forbidden.map((access) => [told(access), access] as const))("may not %s", async (_, access) =>
    expect(await may(operator, access)).toBe(false),
  );

  test("cannot change the spec that people applied", async () => {
    expect((await editModel(operator, { spec: { suspend: true } })).status).toBe(403);
  });
});

test("a build Job may nothing at all", async () => {
  const rights = [
    { resource: "secrets", verb: "get" },
    { resource: "configmaps", verb: "get" },
    { group, resource: "enginebuilds", subresource: "status", verb: "patch" },
    { group, resource: "noderuntimes", verb: "get" },
  ];
  for (const access of rights) expect([told(access), await may(build, access)]).toEqual([told(access), false]);
});

describe("people", () => {
  const roles = ["view", "edit", "facefleet-rollout-decider"] as const;
  const people = new Map<string, Api>();

  beforeAll(async () => {
    for (const role of roles) {
      await apply(admin, bindingOf(role));
      people.set(role, await apiOf(await fleet.cluster.kubeconfigFor({ name: `user-${role}` })));
    }
    await eventually("our roles are part of edit", () =>
      may(people.get("edit")!, { group, resource: "facemodels", verb: "create" }),
    );
  });
  afterAll(() => Promise.all([...people.values()].map((api) => api.close())));

  const cases: [role: (typeof roles)[number], allowed: boolean, access: Access][] = [
    ["view", true, { group, resource: "facemodels", verb: "get" }],
    ["view", true, { group, resource: "noderuntimes", verb: "watch" }],
    ["view", false, { group, resource: "facemodels", verb: "patch" }],
    ["edit", true, { group, resource: "camerastreams", verb: "create" }],
    ["edit", true, { group, resource: "facegalleries", verb: "patch" }],
    ["edit", false, { group, resource: "rolloutdecisions", verb: "create" }],
    ["edit", false, { group, resource: "enginebuilds", verb: "patch" }],
    ["edit", false, { group, resource: "noderuntimes", verb: "patch" }],
    ["facefleet-rollout-decider", true, { group, resource: "rolloutdecisions", verb: "create" }],
    ["facefleet-rollout-decider", true, { group, resource: "facemodels", verb: "get" }],
    ["facefleet-rollout-decider", false, { group, resource: "rolloutdecisions", verb: "patch" }],
    ["facefleet-rollout-decider", false, { group, resource: "rolloutdecisions", verb: "delete" }],
    ["facefleet-rollout-decider", false, { group, resource: "facemodels", verb: "patch" }],
  ];
  test.each(
    cases.map(([role, allowed, access]) => [role, allowed ? "may" : "may not", told(access), allowed, access] as const),
  )("with role %s %s %s", async (role, _, __, allowed, access) =>
    expect(await may(people.get(role)!, access)).toBe(allowed),
  );
});

function bindingOf(role: string) {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: `test-${role}`, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: `user-${role}` }],
  };
}
