import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ApiClient, createApiClient } from "../api/client.ts";
import type { Node, Pod, Taint } from "../api/wire.ts";
import { cacheDirectory } from "../cache.ts";
import type { CertificateAuthority, KeyPair } from "../certificates.ts";
import { UsageError } from "../errors.ts";
import { kubeconfigWithCertificate } from "../kubeconfig.ts";
import { ports } from "../network.ts";
import { tail } from "../processes/tail.ts";
import { type GuardedProcess, startGuarded } from "../processes/guard.ts";
import type { NetworkState, NodeConfiguration, NodeHeartbeat } from "./configuration.ts";
import type { Images } from "./image.ts";
import { type BackoffPolicy, quickBackoff } from "./pod/backoff.ts";
import { reflect } from "./reflector.ts";
import { type DeviceName, deviceNames } from "./simulated-orin/devices.ts";
import { writeSimulatedHost } from "./simulated-orin/host-files.ts";

export interface ProcessNodeOptions {
  /** The Node's name: a DNS label. */
  name: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  /** The device whose files lie below the host root, and whose capacity and labels the Node has. */
  device?: DeviceName;
  /** What containers may run, by image reference. */
  images: Images;
  /** How the node stands to the API server at first. */
  network?: NetworkState;
  /** How long a crashing container waits; quicker than a kubelet unless given. */
  backoff?: BackoffPolicy;
}

/** A node of the local cluster, as its owner sees it. */
export interface ProcessNode {
  readonly name: string;
  /** Below which the node's pods find their hostPath volumes. */
  readonly hostRoot: string;
  readonly address: string;
  /** The Node's own kubeconfig: it may do what the Node may. */
  readonly kubeconfig: string;
  /** The process id of the node's program, while it is on. */
  readonly pid: number | undefined;
  /**
   * Cuts the node and its pods off from the API server. They run on. By default connections are refused; `blackholed`
   * keeps them open and lets nothing through.
   */
  disconnect(how?: Exclude<NetworkState, "connected">): Promise<void>;
  reconnect(): Promise<void>;
  /** Power loss: the node and its pods end at once; its host root stays. */
  kill(): Promise<void>;
  /** Power is back: the node boots, and its pods start again as after a reboot. */
  start(): Promise<void>;
  /** The node's pods as it knows them itself, also when it is cut off. */
  pods(): Promise<Pod[]>;
  /** What a container wrote, as the node has it, also when it is cut off. */
  logs(options: LogOptions): Promise<string>;
}

export interface LogOptions {
  namespace?: string;
  pod: string;
  container: string;
  tailLines?: number;
  /** The log of the run before. */
  previous?: boolean;
}

/** What a node needs of its cluster. */
export interface NodeSetting {
  /** The node's folder. */
  directory: string;
  address: string;
  apiServer: { host: string; port: number };
  authority: CertificateAuthority;
  authorityFile: string;
  admin: ApiClient;
  adminKeyPair: KeyPair;
  kubernetesVersion: string;
  heartbeat: NodeHeartbeat;
  maximumLogBytes: number;
  signal: AbortSignal;
}

export interface OwnedProcessNode extends ProcessNode {
  readonly process: GuardedProcess | undefined;
}

/** The Node that runs the sources; under a test runner too it is the one that runs the tests. */
const nodeProgram = process.execPath;
/** A node's program is small and idle: a little heap, few threads. */
const programFlags = ["--max-semi-space-size=1", "--v8-pool-size=1", "--disable-warning=ExperimentalWarning"];
const program = fileURLToPath(new URL("main.ts", import.meta.url));

/** Starts a node and waits until the control plane calls it ready. */
export async function startProcessNode(options: ProcessNodeOptions, setting: NodeSetting): Promise<OwnedProcessNode> {
  checkOptions(options);
  const node = new LocalProcessNode(options, setting);
  await node.install();
  try {
    await node.start();
  } catch (error) {
    await node.kill();
    throw error;
  }
  return node;
}

function checkOptions({ name, device }: ProcessNodeOptions): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    throw new UsageError(`node name "${name}" is not a DNS label: use lower-case letters, digits and dashes`);
  }
  if (device !== undefined && !deviceNames.includes(device)) {
    throw new UsageError(`device "${device as string}" is unknown: use one of ${deviceNames.join(", ")}`);
  }
}

class LocalProcessNode implements OwnedProcessNode {
  readonly name: string;
  readonly hostRoot: string;
  readonly address: string;
  readonly kubeconfig: string;
  readonly #options: ProcessNodeOptions;
  readonly #setting: NodeSetting;
  readonly #console: ApiClient;
  readonly #log: string;
  #network: NetworkState;
  #process: GuardedProcess | undefined;

  constructor(options: ProcessNodeOptions, setting: NodeSetting) {
    const { directory, address, authority, adminKeyPair } = setting;
    this.name = options.name;
    this.address = address;
    this.hostRoot = join(directory, "root");
    this.kubeconfig = join(directory, "kubeconfig.yaml");
    this.#options = options;
    this.#setting = setting;
    this.#network = options.network ?? "connected";
    this.#log = join(directory, "node.log");
    const server = `https://${address}:${ports.console}`;
    this.#console = createApiClient({ server, authority: authority.certificate, ...adminKeyPair });
  }

  get process(): GuardedProcess | undefined {
    return this.#process;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Writes what the node's program needs to find. */
  async install(): Promise<void> {
    const { directory, authority, address, apiServer } = this.#setting;
    await mkdir(this.hostRoot, { recursive: true, mode: 0o700 });
    if (this.#options.device) await writeSimulatedHost(this.hostRoot, this.#options.device);
    const user = { name: `system:node:${this.name}`, groups: ["system:nodes"] };
    const client = await authority.issueClient(user);
    const server = `https://${address}:${apiServer.port}`;
    await Promise.all([
      writePair(this.#pair("client"), client),
      writePair(this.#pair("serving"), await authority.issueServer(user.name, { ip: [address] })),
      writePrivate(
        this.kubeconfig,
        kubeconfigWithCertificate({ server, authority: authority.certificate, user: user.name }, client),
      ),
      mkdir(join(directory, "pods"), { recursive: true }),
      mkdir(join(directory, "logs"), { recursive: true }),
    ]);
  }

  async start(): Promise<void> {
    if (this.#process) return;
    const configuration = join(this.#setting.directory, "node.json");
    const bootID = randomUUID();
    await writePrivate(configuration, JSON.stringify(this.#configuration(bootID)));
    const started = await startGuarded({
      command: [nodeProgram, ...programFlags, program, configuration],
      // Compiled once, the program needs neither the compiler's time nor its memory again.
      environment: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: join(cacheDirectory(), "node-compile-cache") },
      workingDirectory: this.#setting.directory,
      witnessed: true,
      output: { file: this.#log },
    });
    this.#process = started;
    started.exited.then(() => (this.#process = undefined)).catch(() => undefined);
    await this.#untilReady(started, bootID);
  }

  async disconnect(how: Exclude<NetworkState, "connected"> = "refused"): Promise<void> {
    await this.#setNetwork(how);
  }

  async reconnect(): Promise<void> {
    await this.#setNetwork("connected");
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
    this.#process = undefined;
  }

  async pods(): Promise<Pod[]> {
    return this.#console.get("/pods");
  }

  async logs({ namespace = "default", pod, container, tailLines, previous }: LogOptions): Promise<string> {
    const parameters = new URLSearchParams({ ...(previous && { previous: "true" }) });
    if (tailLines !== undefined) parameters.set("tailLines", String(tailLines));
    return this.#console.text(`/containerLogs/${namespace}/${pod}/${container}?${parameters.toString()}`);
  }

  async #setNetwork(state: NetworkState): Promise<void> {
    this.#network = state;
    if (this.#process) await this.#console.replace("/network", { state });
  }

  async #untilReady(started: GuardedProcess, bootID: string): Promise<void> {
    if (this.#network !== "connected") return;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#setting.signal]);
    try {
      const failed = started.exited.then(async () => {
        throw new Error(`node ${this.name} could not start: ${await tail(this.#log)}`);
      });
      await Promise.race([nodeReady(this.#setting.admin, this.name, bootID, signal), failed]);
    } finally {
      over.abort();
    }
  }

  #configuration(bootID: string): NodeConfiguration {
    const { directory, address, apiServer, authorityFile, kubernetesVersion, heartbeat, maximumLogBytes } =
      this.#setting;
    const { labels = {}, taints = [], device, images, backoff = quickBackoff } = this.#options;
    return {
      name: this.name,
      bootID,
      address,
      directory,
      hostRoot: this.hostRoot,
      apiServer,
      authority: authorityFile,
      client: this.#pair("client"),
      serving: this.#pair("serving"),
      kubernetesVersion,
      labels,
      taints,
      ...(device && { device }),
      images,
      network: this.#network,
      heartbeat,
      backoff,
      maximumLogBytes,
    };
  }

  #pair(name: "client" | "serving") {
    const { directory } = this.#setting;
    return { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  }
}

/** Waits until the control plane lets pods run on a node that has been started this very time. */
async function nodeReady(admin: ApiClient, name: string, bootID: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = (node: Node) => isReady(node) && node.status?.nodeInfo?.bootID === bootID && resolve();
    const handlers = { onList: (nodes: Node[]) => nodes.forEach(look), onSet: look, onDelete: () => undefined };
    reflect<Node>(admin, "/api/v1/nodes", `metadata.name=${name}`, handlers, signal)
      .then(() => reject(signal.reason as Error))
      .catch(reject);
  });
}

function isReady({ status, spec }: Node): boolean {
  const ready = status?.conditions?.find((each) => each.type === "Ready");
  return ready?.status === "True" && !spec?.taints?.some((each) => each.key.startsWith("node.kubernetes.io/"));
}

async function writePair(paths: KeyPair, keyPair: KeyPair): Promise<void> {
  await Promise.all([writePrivate(paths.certificate, keyPair.certificate), writePrivate(paths.key, keyPair.key)]);
}

async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
}
