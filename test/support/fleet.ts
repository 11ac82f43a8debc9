import { examples } from "../../crds/examples.ts";
import { apiVersion } from "../../crds/kind.ts";
import { startCluster, type Cluster } from "../../hack/cluster/cluster.ts";
import { renderChart } from "../../hack/helm/render.ts";
import { apiOf, mergePatch, type Api, type Reply } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { apply, established } from "../support/install.ts";

export const namespace = "facefleet";
export const core = `/api/v1/namespaces/${namespace}`;
export const ours = `/apis/${apiVersion}/namespaces/${namespace}`;

/** How long a first start may take, when the control plane and Helm are built from source. */
export const starting = 20 * 60_000;

/** A cluster with the chart installed, a FaceModel, and two nodes of which each has its own NodeRuntime, pod and Secret. */
export interface Fleet {
  cluster: Cluster;
  admin: Api;
  /** What the server answered to each object of the chart. */
  answers: { name: string; reply: Reply }[];
  /** Calls with a token of a service account, bound to a pod when one is named. */
  token: (account: string, pod?: string) => Promise<Api>;
  stop(): Promise<void>;
}

/** Brings the fleet up and waits until its admission policy holds. */
export async function startFleet(): Promise<Fleet> {
  const cluster = await startCluster();
  const admin = await apiOf(cluster.adminKubeconfig);
  const apis: Api[] = [admin];
  const fleet: Fleet = {
    cluster,
    admin,
    answers: await installChart(admin),
    token: async (account, pod) => {
      const api = admin.withToken(await requestToken(admin, account, pod));
      apis.push(api);
      return api;
    },
    stop: async () => {
      await Promise.all(apis.map((api) => api.close()));
      await cluster.stop();
    },
  };
  for (const name of ["orin-a", "orin-b"]) await addNode(admin, name);
  const { metadata, spec } = examples.FaceModel;
  await admin.send("POST", `${ours}/facemodels`, { apiVersion, kind: "FaceModel", metadata, spec });
  await policyHolds(fleet);
  return fleet;
}

/**
 * Installs the chart as Helm would. Pod security warns of what "restricted" would refuse, so that a test can see it.
 *
 * @returns what the server answered to each object.
 */
export async function installChart(admin: Api, values: object = {}): Promise<Fleet["answers"]> {
  const labels = { "pod-security.kubernetes.io/warn": "restricted" };
  await admin.send("POST", "/api/v1/namespaces", { metadata: { name: namespace, labels } });
  const answers: Fleet["answers"] = [];
  for (const object of await renderChart(values, { namespace })) {
    answers.push({ name: `${object.kind} ${object.metadata.name}`, reply: await apply(admin, object) });
    if (object.kind === "CustomResourceDefinition") await established(admin, object.metadata.name);
  }
  return answers;
}

/** A Node with its NodeRuntime, its Secret, and the runtime's pod bound to it, which mounts the Secret. */
async function addNode(admin: Api, name: string): Promise<void> {
  await admin.send("POST", "/api/v1/nodes", { metadata: { name } });
  await admin.send("POST", `${core}/secrets`, { metadata: { name: `login-${name}` }, stringData: { password: name } });
  const spec = { ...examples.NodeRuntime.spec, nodeName: name };
  await admin.send("POST", `${ours}/noderuntimes`, { apiVersion, kind: "NodeRuntime", metadata: { name }, spec });
  await admin.send("POST", `${core}/pods`, {
    metadata: { name: `runtime-${name}` },
    spec: {
      nodeName: name,
      serviceAccountName: "facefleet-runtime",
      containers: [{ name: "runtime", image: "facefleet" }],
      volumes: [{ name: "login", secret: { secretName: `login-${name}` } }],
    },
  });
}

async function requestToken(admin: Api, account: string, pod?: string): Promise<string> {
  const bound = pod === undefined ? {} : { boundObjectRef: await podReference(admin, pod) };
  const { body, message } = await admin.send<{ status?: { token: string } }>(
    "POST",
    `${core}/serviceaccounts/${account}/token`,
    { spec: { expirationSeconds: 3600, ...bound } },
  );
  if (body.status === undefined) throw new Error(message);
  return body.status.token;
}

/** What a token is bound by to a pod, and so to the pod's node. */
export async function podReference(admin: Api, name: string) {
  const { body } = await admin.send<{ metadata: { uid: string } }>("GET", `${core}/pods/${name}`);
  return { apiVersion: "v1", kind: "Pod", name, uid: body.metadata.uid };
}

/** Writes the status of a NodeRuntime as `api`. */
export function writeStatus(api: Api, name: string, query = ""): Promise<Reply> {
  const status = { observedGeneration: 1 };
  return api.send("PATCH", `${ours}/noderuntimes/${name}/status${query}`, { status }, mergePatch);
}

/** Changes the FaceModel as `api`. */
export function editModel(api: Api, change: object, query = ""): Promise<Reply> {
  return api.send("PATCH", `${ours}/facemodels/${examples.FaceModel.metadata.name}${query}`, change, mergePatch);
}

/** The API server compiles a new policy within seconds. */
async function policyHolds({ token }: Fleet): Promise<void> {
  const runtime = await token("facefleet-runtime", "runtime-orin-a");
  await eventually("the admission policy holds", async () => {
    const { message } = await writeStatus(runtime, "orin-b", "?dryRun=All");
    return message.includes("ValidatingAdmissionPolicy");
  });
}
