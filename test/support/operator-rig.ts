import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cluster, startCluster } from "../../hack/cluster/cluster.ts";
import type { Client } from "../../operator/kit/client.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";
import { apiOf } from "./api.ts";
import { installChart, namespace } from "./fleet.ts";
import { writeTokenKubeconfig } from "./operator-process.ts";

/** A control plane with the chart installed, and what it takes to run the operator against it as a process. */
export interface OperatorRig extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly admin: Client;
  /** Writes a kubeconfig with a token of the operator's service account, for another server than the cluster's. @returns its path. */
  kubeconfig(server: string): Promise<string>;
  /** Lays out what a pod of the operator finds: its service account and where the API server is. */
  pod(): Promise<PodPlace>;
}

/** What tells a process that it runs in a pod. */
export interface PodPlace {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Nodes are made through the API, and stay ready for an hour without a sign of life. */
const timing = { nodeGraceSeconds: 3600 };

/** Brings up a control plane that keeps an audit log, and installs the chart. */
export async function startOperatorRig(): Promise<OperatorRig> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster({ auditPolicy: "Metadata", timing }));
  const api = await apiOf(cluster.adminKubeconfig);
  const refused = (await installChart(api)).filter(({ reply }) => reply.status >= 300);
  if (refused.length > 0) throw new Error(refused.map(({ name, reply }) => `${name}: ${reply.message}`).join("\n"));
  await api.close();
  const connection = await loadConnection({ kubeconfig: cluster.adminKubeconfig, env: {} }, systemClock);
  const admin = stack.adopt(createClient({ connection, userAgent: "test" }), (client) => client.close());
  let count = 0;
  const resources = stack.move();
  return {
    cluster,
    admin,
    async kubeconfig(server) {
      const path = join(cluster.directory, `operator-${(count += 1)}.json`);
      return writeTokenKubeconfig(path, { server, token: await tokenFor(admin, "facefleet-operator") });
    },
    async pod() {
      const root = join(cluster.directory, `pod-${(count += 1)}`);
      const folder = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
      await mkdir(folder, { recursive: true });
      await copyFile(cluster.authorityFile, join(folder, "ca.crt"));
      await writeFile(join(folder, "token"), await tokenFor(admin, "facefleet-operator"), { mode: 0o600 });
      const { hostname, port } = new URL(cluster.server);
      return { flags: [`--root=${root}`], env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function tokenFor(admin: Client, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 7200 } };
  const answer = (await admin.raw({ method: "POST", path, body })) as { status: { token: string } };
  return answer.status.token;
}

/** A request as the API server's audit log has it (audit.k8s.io/v1). */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent: string;
  readonly stage: string;
  readonly responseStatus?: { readonly code: number };
}

/** What the operator has written so far, the renewals of its Lease apart. */
export async function writesOfOperator({ cluster }: OperatorRig): Promise<AuditEvent[]> {
  const lines = (await readFile(cluster.auditLog!, "utf8")).split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ userAgent, verb }) => /^facefleet-operator\/\S+$/.test(userAgent) && !READS.has(verb));
}

const READS: ReadonlySet<string> = new Set(["get", "list", "watch"]);
