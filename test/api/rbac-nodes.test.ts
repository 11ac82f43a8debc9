import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../crds/kind.ts";
import { apiOf, applyPatch, mergePatch, type Api, type Reply } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import {
  core,
  namespace,
  ours,
  podReference,
  startFleet,
  starting,
  writeStatus,
  type Fleet,
} from "../support/fleet.ts";
import { apply } from "../support/install.ts";

const EVENTS = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;

let fleet: Fleet;
let admin: Api;
let node: Api;
let runtime: Api;
let unboundRuntime: Api;

beforeAll(async () => {
  fleet = await startFleet();
  admin = fleet.admin;
  node = await apiOf(await fleet.cluster.kubeconfigFor({ name: "system:node:orin-a", groups: ["system:nodes"] }));
  runtime = await fleet.token("facefleet-runtime", "runtime-orin-a");
  unboundRuntime = await fleet.token("facefleet-runtime");
}, starting);

afterAll(async () => {
  await node.close();
  await fleet.stop();
});

describe("a node's certificate", () => {
  const cases: [story: string, call: () => Promise<Reply>, status: number][] = [
    ["reads the Secret of its own pod", () => node.send("GET", `${core}/secrets/login-orin-a`), 200],
    ["cannot read another node's Secret", () => node.send("GET", `${core}/secrets/login-orin-b`), 403],
    ["cannot list Secrets", () => node.send("GET", `${core}/secrets`), 403],
    ["cannot read a NodeRuntime", () => node.send("GET", `${ours}/noderuntimes/orin-b`), 403],
    ["cannot write another NodeRuntime", () => writeStatus(node, "orin-b"), 403],
    ["cannot write the status of its own, which is its runtime's", () => writeStatus(node, "orin-a"), 403],
    [
      "cannot change another Node",
      () => node.send("PATCH", "/api/v1/nodes/orin-b", { metadata: { labels: { a: "b" } } }, mergePatch),
      403,
    ],
  ];
  test.each(cases)("%s", async (_, call, status) => expect((await call()).status).toBe(status));

  test("cannot take a token of the runtime on another node", async () => {
    const { status, message } = await node.send("POST", `${core}/serviceaccounts/facefleet-runtime/token`, {
      spec: { boundObjectRef: await podReference(admin, "runtime-orin-b") },
    });
    expect([status, message]).toEqual([403, expect.stringContaining("a pod scheduled on a different node")]);
  });
});

describe("the runtime's token, bound to its pod on orin-a,", () => {
  const own = `${ours}/noderuntimes/orin-a`;
  const allowed: [story: string, call: () => Promise<Reply>][] = [
    ["reads its NodeRuntime", () => runtime.send("GET", own)],
    ["lists its NodeRuntime", () => runtime.send("GET", `${ours}/noderuntimes?fieldSelector=metadata.name%3Dorin-a`)],
    ["writes the status of its NodeRuntime", () => writeStatus(runtime, "orin-a")],
    [
      "applies the status of its NodeRuntime",
      () =>
        runtime.send(
          "PATCH",
          `${own}/status?fieldManager=runtime`,
          { apiVersion, kind: "NodeRuntime", metadata: { name: "orin-a" }, status: { runtimeVersion: "0.1.0" } },
          applyPatch,
        ),
    ],
  ];
  test.each(allowed)("%s", async (_, call) => expect(await call()).toMatchObject({ status: 200, message: "" }));

  test("cannot write the status of another NodeRuntime, and is told which it may", async () => {
    const { status, message } = await writeStatus(runtime, "orin-b");
    expect(status).toBe(403);
    expect(message).toContain(
      "the runtime on node orin-a may write the status of NodeRuntime orin-a only, not of orin-b",
    );
  });

  test("without a node it cannot write any status, and is told which token to use", async () => {
    const { status, message } = await writeStatus(unboundRuntime, "orin-a");
    expect(status).toBe(403);
    expect(message).toContain("use the one that is mounted into the runtime's pod");
  });

  test("ends with its pod, which is how a stolen device is shut out", async () => {
    const stolen = await fleet.token("facefleet-runtime", "runtime-orin-b");
    const read = () => stolen.send("GET", `${ours}/noderuntimes/orin-b`);
    expect((await read()).status).toBe(200);
    await admin.send("DELETE", `${core}/pods/runtime-orin-b?gracePeriodSeconds=0`);
    await eventually("the token is refused", async () => (await read()).status === 401);
  }, 90_000);

  const refused: [story: string, call: () => Promise<Reply>][] = [
    ["the spec of its own", () => runtime.send("PATCH", own, { spec: { loadTimeout: "1m" } }, mergePatch)],
    ["the deletion of its own", () => runtime.send("DELETE", own)],
    ["its node's Secret, which the kubelet mounts", () => runtime.send("GET", `${core}/secrets/login-orin-a`)],
    ["another node's Secret", () => runtime.send("GET", `${core}/secrets/login-orin-b`)],
    ["cameras", () => runtime.send("GET", `${ours}/camerastreams`)],
    ["galleries", () => runtime.send("GET", `${ours}/facegalleries`)],
    ["Events, in which it has nothing to tell", () => runtime.send("POST", EVENTS, { metadata: { name: "told" } })],
  ];
  test.each(refused)("is refused %s", async (_, call) => expect((await call()).status).toBe(403));

  test("is refused the spec of its own by policy as well, should a role ever allow it", async () => {
    await apply(admin, roleAllowingSpec());
    await eventually("the wider role holds", async () => {
      const { message } = await runtime.send("PATCH", own, { spec: { loadTimeout: "1m" } }, mergePatch);
      return message.includes("spec belongs to the operator");
    });
  });
});

function roleAllowingSpec() {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "facefleet-runtime", namespace },
    rules: [{ apiGroups: ["facefleet.dev"], resources: ["noderuntimes", "noderuntimes/status"], verbs: ["*"] }],
  };
}
