import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { stringify } from "yaml";
import type { Pod } from "../../hack/cluster/api/wire.ts";
import { type Cluster, type ProcessNode, startCluster } from "../../hack/cluster/cluster.ts";
import { isAlive } from "../../hack/cluster/processes/identity.ts";

const repository = new URL("../../", import.meta.url).pathname;
const images = {
  shell: { entrypoint: ["/bin/sh", "-c"], workingDirectory: "/" },
  node: { entrypoint: ["node", "--input-type=module", "--eval"], workingDirectory: repository },
};

let cluster: Cluster;
let north: ProcessNode;
let south: ProcessNode;

beforeAll(async () => {
  cluster = await startCluster({ timing: { nodeGraceSeconds: 5, leaseRenewalSeconds: 1 } });
  [north, south] = await Promise.all([
    cluster.addNode({ name: "north", device: "orin-nano", labels: { "facefleet.dev/site": "north" }, images }),
    cluster.addNode({ name: "south", device: "agx-orin", labels: { "facefleet.dev/site": "south" }, images }),
  ]);
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

describe("a pod", () => {
  test("of a Job runs to its end and leaves its termination message and its log", async () => {
    const script = `printf '{"passed":true}' > /dev/termination-log; echo built`;
    await apply(job("build", container({ args: [script] })));
    await cluster.kubectl(["wait", "job/build", "--for=condition=Complete", "--timeout=30s"]);
    expect((await podsOf("job-name=build"))[0]?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 0,
      reason: "Completed",
      message: '{"passed":true}',
    });
    expect(await cluster.kubectl(["logs", "job/build"])).toBe("built");
  });

  test("that fails says why with the end of its log, and fails its Job", async () => {
    const args = ["echo the disk is full >&2; exit 3"];
    await apply(job("full", container({ args, terminationMessagePolicy: "FallbackToLogsOnError" })));
    await cluster.kubectl(["wait", "job/full", "--for=condition=Failed", "--timeout=30s"]);
    expect((await podsOf("job-name=full"))[0]).toMatchObject({
      status: {
        phase: "Failed",
        containerStatuses: [{ state: { terminated: { exitCode: 3, reason: "Error", message: "the disk is full\n" } } }],
      },
    });
  });

  test("of a Deployment stays on the node it is pinned to, and starts again, later and later, after crashes", async () => {
    const script = "echo run >> /state/runs; test $(wc -l < /state/runs) -gt 3 || exit 7; exec sleep 1000";
    await apply(deployment("crashing", hostState("crashing"), { args: [script] }));
    const [pod] = await eventually(
      () => podsOf("app=crashing"),
      ([only]) => only?.status?.containerStatuses?.[0]?.restartCount === 3,
    );
    expect(pod?.spec.nodeName).toBe("north");
    expect(pod?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 7, reason: "Error" });
    expect(await eventReasons(pod!.metadata.name!)).toEqual(expect.arrayContaining(["Started", "BackOff"]));
  });

  test("that is killed by the kernel starts again by its restart policy", async () => {
    await apply(pod("exhausted", "north", { containers: [container({ args: ["exec sleep 1000"] })] }));
    await waitFor("pod/exhausted", ".status.phase", "Running");
    expect(await north.crash({ pod: "exhausted", container: "main" })).toBe(true);
    await waitFor("pod/exhausted", ".status.containerStatuses[0].restartCount", "1");
    const { status } = await get<Pod>("pod/exhausted");
    expect(status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(137);
    expect(await north.crash({ pod: "nobody", container: "main" })).toBe(false);
    await cluster.kubectl(["delete", "pod/exhausted", "--now"]);
  });

  test("waits for its init containers, and sees its fields, its limits, ConfigMaps and Secrets in its environment", async () => {
    await apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { MODE: "fast", level: "3" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "key" }, stringData: { password: "s3cret" } },
      pod("environment", "north", {
        restartPolicy: "Never",
        initContainers: [container({ name: "before", args: ["echo prepared > /shared/word"], volumeMounts: [shared] })],
        containers: [
          container({
            args: [
              'echo $(WORD_FILE) $MODE $LEVEL $PASSWORD $POD_IP $NODE $MEMORY; cat "$WORD_FILE"; cat /etc/pod/name',
            ],
            envFrom: [{ configMapRef: { name: "settings" } }],
            env: [
              { name: "FOLDER", value: "/shared" },
              { name: "WORD_FILE", value: "$(FOLDER)/word" },
              { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
              { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "key", key: "password" } } },
              { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
              { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
              { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
            ],
            resources: { limits: { memory: "64Mi" } },
            volumeMounts: [shared, { name: "pod", mountPath: "/etc/pod" }],
          }),
        ],
        volumes: [
          { name: "shared", emptyDir: {} },
          { name: "pod", downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
        ],
      }),
    );
    await waitFor("pod/environment", ".status.phase", "Succeeded");
    const { status } = await get<Pod>("pod/environment");
    const [first, ...rest] = (await cluster.kubectl(["logs", "environment"])).split("\n");
    expect(first).toMatch(new RegExp(`/word fast 3 s3cret ${status!.podIP} north 64$`));
    expect(rest).toEqual(["prepared", "environment"]);
  });

  test("without its Secret waits for it, with an Event that says so", async () => {
    const volumes = [{ name: "late", secret: { secretName: "late" } }];
    const main = container({ args: ["cat /late/word"], volumeMounts: [{ name: "late", mountPath: "/late" }] });
    await apply(pod("patient", "north", { restartPolicy: "Never", containers: [main], volumes }));
    await eventually(
      () => eventReasons("patient"),
      (reasons) => reasons.includes("FailedMount"),
    );
    await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "late" }, stringData: { word: "here" } });
    await waitFor("pod/patient", ".status.phase", "Succeeded");
    expect(await cluster.kubectl(["logs", "patient"])).toBe("here");
  });

  test("of an unknown image waits with ErrImagePull", async () => {
    await apply(pod("unknown", "north", { containers: [container({ image: "nobody/knows:v1" })] }));
    const reason = ".status.containerStatuses[0].state.waiting.reason";
    await waitFor("pod/unknown", reason, "ErrImagePull");
    await cluster.kubectl(["delete", "pod/unknown"]);
  });

  test("sees a change of its ConfigMap in the file", async () => {
    const configMap = (mode: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "live" },
      data: { mode },
    });
    const script =
      'while :; do now=$(cat /etc/live/mode); [ "$now" = "$last" ] || echo "$now"; last=$now; sleep 0.1; done';
    const main = container({ args: [script], volumeMounts: [{ name: "live", mountPath: "/etc/live" }] });
    const volumes = [{ name: "live", configMap: { name: "live" } }];
    await apply(configMap("slow"), pod("watcher", "north", { containers: [main], volumes, ...quickly }));
    await eventually(
      () => logsOf("watcher"),
      (log) => log === "slow",
    );
    await apply(configMap("fast"));
    await eventually(
      () => logsOf("watcher"),
      (log) => log === "slow\nfast",
    );
  });

  test("is ready as long as its probe says so", async () => {
    const probe = { httpGet: { path: "/ready", port: "web" }, periodSeconds: 1, failureThreshold: 1 };
    const server = `import { createServer } from "node:http";
      import { existsSync } from "node:fs";
      createServer((_, response) => response.writeHead(existsSync("/state/ready") ? 200 : 503).end())
        .listen(8080, process.env.POD_IP);`;
    const main = {
      image: "node",
      args: [server],
      env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
      ports: [{ name: "web", containerPort: 8080 }],
      readinessProbe: probe,
    };
    await apply(deployment("probed", hostState("probed"), main));
    const file = join(north.hostRoot, "state/probed/ready");
    await waitFor("deployment/probed", ".status.unavailableReplicas", "1");
    await eventually(
      async () => eventReasons((await podsOf("app=probed"))[0]!.metadata.name!),
      (all) => all.includes("Unhealthy"),
    );
    await writeFile(file, "");
    await cluster.kubectl(["wait", "pod", "-l=app=probed", "--for=condition=Ready", "--timeout=20s"]);
    await rm(file);
    await cluster.kubectl(["wait", "pod", "-l=app=probed", "--for=condition=Ready=False", "--timeout=20s"]);
  });

  test("that fails its liveness probe is started again", async () => {
    const livenessProbe = {
      exec: { command: ["/bin/sh", "-c", "test ! -e /shared/stuck"] },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    const args = ["touch /shared/stuck; exec sleep 1000"];
    const main = container({ args, livenessProbe, volumeMounts: [shared] });
    await apply(pod("stuck", "north", { containers: [main], volumes: [{ name: "shared", emptyDir: {} }], ...quickly }));
    await waitFor("pod/stuck", ".status.containerStatuses[0].restartCount", "1");
    await cluster.kubectl(["delete", "pod/stuck"]);
  });

  test("that is deleted is asked to end, and ended by force when it does not listen", async () => {
    const polite = "trap 'echo goodbye >> /state/word; exit 0' TERM; echo up; while :; do sleep 0.05; done";
    const stubborn = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    const volumes = [{ name: "state", hostPath: { path: "/state/stopped", type: "DirectoryOrCreate" } }];
    const volumeMounts = [{ name: "state", mountPath: "/state" }];
    const lifecycle = { preStop: { exec: { command: ["/bin/sh", "-c", "echo hook >> /state/word"] } } };
    await apply(
      pod("polite", "north", { containers: [container({ args: [polite], volumeMounts, lifecycle })], volumes }),
      pod("stubborn", "north", { containers: [container({ args: [stubborn] })], terminationGracePeriodSeconds: 1 }),
    );
    for (const name of ["polite", "stubborn"])
      await eventually(
        () => logsOf(name),
        (log) => log === "up",
      );
    await cluster.kubectl(["delete", "pod", "polite", "stubborn", "--timeout=20s"]);
    expect(readFileSync(join(north.hostRoot, "state/stopped/word"), "utf8")).toBe("hook\ngoodbye\n");
    expect(await north.pods()).not.toContainEqual(expect.objectContaining({ metadata: { name: "stubborn" } }));
  });

  test("that outlives its deadline fails", async () => {
    await apply(
      pod("late", "north", { activeDeadlineSeconds: 1, restartPolicy: "Never", ...quickly, containers: [sleeper] }),
    );
    await waitFor("pod/late", ".status.reason", "DeadlineExceeded");
    expect((await get<Pod>("pod/late")).status?.phase).toBe("Failed");
  });

  test("gives its output to kubectl logs, as it comes, its last lines, and that of the run before", async () => {
    const script =
      'for i in 1 2 3; do echo "line $i"; sleep 0.2; done; test -e /shared/again || { touch /shared/again; exit 1; }; exec sleep 1000';
    const main = container({ args: [script], volumeMounts: [shared] });
    await apply(
      pod("chatty", "north", { containers: [main], volumes: [{ name: "shared", emptyDir: {} }], ...quickly }),
    );
    await waitFor("pod/chatty", ".status.containerStatuses[0].restartCount", "1");
    const following = cluster.kubectl(["logs", "chatty", "-f"]);
    await eventually(
      () => logsOf("chatty"),
      (log) => log.endsWith("line 3"),
    );
    expect(await cluster.kubectl(["logs", "chatty", "--tail=1"])).toBe("line 3");
    expect(await cluster.kubectl(["logs", "chatty", "--previous"])).toBe("line 1\nline 2\nline 3");
    await cluster.kubectl(["delete", "pod/chatty"]);
    expect(await following).toBe("line 1\nline 2\nline 3");
  });
});

describe("identity", () => {
  test("a projected token names the pod's service account, the pod and its node", async () => {
    await apply(
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "runtime" } },
      pod("teller", "south", {
        serviceAccountName: "runtime",
        restartPolicy: "Never",
        ...quickly,
        containers: [
          container({ args: ["cat /var/run/secrets/kubernetes.io/serviceaccount/token; echo; exec sleep 1000"] }),
        ],
      }),
    );
    const token = await eventually(
      () => logsOf("teller"),
      (log) => log.split(".").length === 3,
    );
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
    expect(JSON.parse(await cluster.kubectl(["create", "-f", "-", "-o", "json"], stringify(review)))).toMatchObject({
      status: {
        authenticated: true,
        user: {
          username: "system:serviceaccount:default:runtime",
          extra: {
            "authentication.kubernetes.io/node-name": ["south"],
            "authentication.kubernetes.io/pod-name": ["teller"],
          },
        },
      },
    });
  });

  test("the JavaScript client finds it by itself", async () => {
    const program = `import { AuthenticationV1Api, KubeConfig } from "@kubernetes/client-node";
      const config = new KubeConfig();
      config.loadFromDefault();
      const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
      console.log(review.status.userInfo.username);`;
    const main = container({ image: "node", args: [program] });
    await apply(pod("client", "south", { restartPolicy: "Never", serviceAccountName: "default", containers: [main] }));
    await waitFor("pod/client", ".status.phase", "Succeeded");
    expect(await cluster.kubectl(["logs", "client"])).toBe("system:serviceaccount:default:default");
  });

  test("a node's own credential reads the Secrets of its pods and no others, and changes no other node", async () => {
    const volumes = [{ name: "camera", secret: { secretName: "camera" } }];
    await apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "camera" }, stringData: { password: "p" } });
    await apply(pod("camera", "south", { containers: [sleeper], volumes, ...quickly }));
    await cluster.kubectl(["wait", "pod/camera", "--for=condition=Ready", "--timeout=20s"]);
    const as = (node: ProcessNode, ...args: string[]) => cluster.kubectl(["--kubeconfig", node.kubeconfig, ...args]);
    const refusal = (words: RegExp) => ({ stderr: expect.stringMatching(words) });
    expect(await as(south, "get", "secret/camera", "-o", "name")).toBe("secret/camera");
    await expect(as(north, "get", "secret/camera")).rejects.toMatchObject(
      refusal(/no relationship found between node 'north'/),
    );
    await expect(as(north, "delete", "node/south")).rejects.toMatchObject(refusal(/forbidden/));
    await expect(as(north, "delete", "pod/camera")).rejects.toMatchObject(refusal(/forbidden/));
  });
});

describe("a node", () => {
  const counter = "while :; do date +%s%N > /state/beat; sleep 0.1; done";

  test("presents its simulated device to its pods, and what it really is to the scheduler", async () => {
    const volumes = [{ name: "host", hostPath: { path: "/", type: "Directory" } }];
    const volumeMounts = [{ name: "host", mountPath: "/host", readOnly: true }];
    const args = ["tr '\\0' '\\n' < /host/proc/device-tree/model; cat /host/etc/nv_tegra_release"];
    const main = container({ args, volumeMounts, resources: { limits: { "nvidia.com/gpu": "1" } } });
    await apply(pod("inspector", "south", { restartPolicy: "Never", containers: [main], volumes }));
    await waitFor("pod/inspector", ".status.phase", "Succeeded");
    expect((await cluster.kubectl(["logs", "inspector"])).split("\n").slice(0, 2)).toEqual([
      "NVIDIA Jetson AGX Orin Developer Kit",
      expect.stringMatching(/^# R36 \(release\), REVISION: 4\.\d+, /),
    ]);
    expect(await get("node/south")).toMatchObject({
      metadata: { labels: { "nvidia.com/gpu.compute.major": "8", "facefleet.dev/simulated": "true" } },
      status: { allocatable: { cpu: "12", "nvidia.com/gpu": "1" } },
    });
  });

  test("that asks for labels that no node may give itself is refused, with the API server's reason", async () => {
    const labels = { "node-restriction.kubernetes.io/trusted": "yes" };
    await expect(cluster.addNode({ name: "east", labels, images })).rejects.toThrow(
      /node east has ended.*is not allowed to set the following labels: node-restriction.kubernetes.io\/trusted/s,
    );
    expect(cluster.nodes).toEqual([north, south]);
  });

  test("that is cut off becomes NotReady while its pods run on, and heals", async () => {
    await apply(deployment("steady", hostState("steady"), { args: [counter] }));
    await cluster.kubectl(["wait", "deployment/steady", "--for=condition=Available", "--timeout=20s"]);
    const [before] = await podsOf("app=steady");
    await north.disconnect();
    await expect(connectTo(north.address, 6443)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await waitFor("node/north", `.status.conditions[?(@.type=="Ready")].status`, "Unknown");
    const beat = readBeat("steady");
    await eventually(
      () => Promise.resolve(readBeat("steady")),
      (now) => now > beat,
    );
    expect(await north.pods()).toContainEqual(
      expect.objectContaining({ metadata: expect.objectContaining({ uid: before!.metadata.uid }) }),
    );
    await north.reconnect();
    await waitFor("node/north", `.status.conditions[?(@.type=="Ready")].status`, "True");
    await cluster.kubectl(["wait", "deployment/steady", "--for=condition=Available", "--timeout=20s"]);
    const [after] = await podsOf("app=steady");
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  test("in a black hole is not told that it is, and heals too", async () => {
    await south.disconnect("blackholed");
    const socket = await connectTo(south.address, 6443);
    await waitFor("node/south", `.status.conditions[?(@.type=="Ready")].status`, "Unknown");
    expect(socket.destroyed).toBe(false);
    socket.destroy();
    await south.reconnect();
    await waitFor("node/south", `.status.conditions[?(@.type=="Ready")].status`, "True");
  });

  test("that loses its power takes its pods with it, and starts them again when the power is back", async () => {
    const script = `echo $$$$ > /state/pid; ${counter}`;
    await apply(deployment("powered", hostState("powered"), { args: [script] }));
    await cluster.kubectl(["wait", "deployment/powered", "--for=condition=Available", "--timeout=20s"]);
    const pid = Number(
      await eventually(
        () => Promise.resolve(readState("powered", "pid")),
        (text) => text !== "",
      ),
    );
    await north.kill();
    await eventually(
      () => Promise.resolve(isAlive(pid)),
      (alive) => !alive,
    );
    await waitFor("node/north", `.status.conditions[?(@.type=="Ready")].status`, "Unknown");
    await north.start();
    await eventually(
      () => podsOf("app=powered"),
      ([only]) => only?.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect((await podsOf("app=powered"))[0]?.status?.containerStatuses?.[0]).toMatchObject({
      lastState: { terminated: { reason: "Unknown", exitCode: 255 } },
      state: { running: {} },
    });
  });
});

describe("a cluster", () => {
  const command = join(repository, "hack/cluster/main.ts");

  test("that is kept lives beside others until it is taken down, and leaves nothing", async () => {
    const parent = await mkdtemp(join(tmpdir(), "kept-"));
    const directory = join(parent, "cluster");
    await execa(process.execPath, [command, "up", "--keep", "--nodes", "orin-nx", "--directory", directory]);
    const kubeconfig = ["--kubeconfig", join(directory, "kubeconfigs/admin.yaml")];
    expect(await cluster.kubectl([...kubeconfig, "get", "nodes", "-o", "name"])).toBe("node/orin-nx-1");
    expect(await cluster.kubectl(["get", "nodes", "-o", "name"])).toBe("node/north\nnode/south");
    const [...processes] = await processesOf(directory);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    await execa(process.execPath, [command, "down", "--directory", directory]);
    expect(await processesOf(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    await rm(parent, { recursive: true });
  }, 60_000);

  test("ends with the process that started it, even if that is killed, with its nodes and pods and files", async () => {
    const up = spawn(process.execPath, [command, "up", "--nodes", "orin-nano"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(createInterface({ input: up.stdout }), "line")) as [string];
    const kubeconfig = line.replace("export KUBECONFIG=", "");
    const directory = dirname(dirname(kubeconfig));
    const sleeping = pod("sleeper", "north", { nodeSelector: {}, containers: [sleeper] });
    await cluster.kubectl(["--kubeconfig", kubeconfig, "apply", "-f", "-"], stringify(sleeping));
    await cluster.kubectl([
      "--kubeconfig",
      kubeconfig,
      "wait",
      "pod/sleeper",
      "--for=condition=Ready",
      "--timeout=20s",
    ]);
    up.kill("SIGKILL");
    await eventually(
      () => processesOf(directory),
      (left) => left.length === 0,
    );
    await eventually(
      () => Promise.resolve(existsSync(directory)),
      (exists) => !exists,
    );
  }, 60_000);

  test("that is stopped leaves no process and no file", async () => {
    const { directory } = cluster;
    expect((await processesOf(directory)).length).toBeGreaterThan(6);
    await cluster.stop();
    expect(await processesOf(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  });
});

const shared = { name: "shared", mountPath: "/shared" };
const quickly = { terminationGracePeriodSeconds: 0 };
const sleeper = container({ args: ["exec sleep 1000"] });

function container(fields: object): object {
  return { name: "main", image: "shell:v1", ...fields };
}

function pod(name: string, site: string, spec: object): object {
  const nodeSelector = { "facefleet.dev/site": site };
  return { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { nodeSelector, ...spec } };
}

function job(name: string, main: object): object {
  const template = { spec: { restartPolicy: "Never", containers: [main] } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { backoffLimit: 0, template } };
}

/** One replica on the node north, with a folder of the host at /state. */
function deployment(name: string, volume: object, fields: object): object {
  const main = container({ ...fields, volumeMounts: [{ name: "state", mountPath: "/state" }] });
  const nodeSelector = { "facefleet.dev/site": "north" };
  const spec = { nodeSelector, containers: [main], volumes: [volume], ...quickly };
  const template = { metadata: { labels: { app: name } }, spec };
  const selector = { matchLabels: { app: name } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: { selector, template } };
}

function hostState(name: string): object {
  return { name: "state", hostPath: { path: `/state/${name}`, type: "DirectoryOrCreate" } };
}

function readState(name: string, file: string): string {
  const path = join(north.hostRoot, "state", name, file);
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}

function readBeat(name: string): bigint {
  return BigInt(readState(name, "beat") || "0");
}

async function apply(...objects: object[]): Promise<void> {
  await cluster.kubectl(["apply", "-f", "-"], objects.map((each) => stringify(each)).join("---\n"));
}

/** Waits, by watching, until a field of an object has a value. */
async function waitFor(object: string, path: string, value: string): Promise<void> {
  await cluster.kubectl(["wait", object, `--for=jsonpath={${path}}=${value}`, "--timeout=25s"]);
}

async function get<T>(object: string): Promise<T> {
  return JSON.parse(await cluster.kubectl(["get", object, "-o", "json"])) as T;
}

async function podsOf(selector: string): Promise<Pod[]> {
  return (JSON.parse(await cluster.kubectl(["get", "pods", "-l", selector, "-o", "json"])) as { items: Pod[] }).items;
}

async function logsOf(name: string): Promise<string> {
  return cluster.kubectl(["logs", name]).catch(() => "");
}

async function eventReasons(name: string): Promise<string[]> {
  const selector = `involvedObject.name=${name}`;
  return (
    await cluster.kubectl(["get", "events", "--field-selector", selector, "-o", "jsonpath={.items[*].reason}"])
  ).split(" ");
}

const patienceMilliseconds = 25_000;

/** Looks again until what is found is what was expected. */
async function eventually<T>(look: () => Promise<T>, isExpected: (found: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + patienceMilliseconds; ;) {
    const found = await look();
    if (isExpected(found)) return found;
    if (Date.now() > deadline) throw new Error(`still not as expected: ${JSON.stringify(found)}`);
    await delay(100);
  }
}

async function connectTo(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  await once(socket, "connect");
  return socket;
}

/** The command lines that name a folder, of all processes but those that look for them. */
async function processesOf(directory: string): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "args"]);
  return stdout.split("\n").filter((line) => line.includes(directory));
}
