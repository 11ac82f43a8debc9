import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ApiClient, createApiClient } from "../api/client.ts";
import type { Pod } from "../api/wire.ts";
import { cacheDirectory } from "../cache.ts";
import { ports } from "../network.ts";
import { writePrivate } from "../private-files.ts";
import { type GuardedProcess, startGuarded } from "../processes/guard.ts";
import { tail } from "../processes/tail.ts";
import type { NetworkState } from "./configuration.ts";
import type { CrashRequest } from "./console.ts";
import { installNode, nodeConfiguration, nodeFiles, type NodeSetting } from "./installation.ts";
import { checkNodeOptions, type LogOptions, type ProcessNode, type ProcessNodeOptions } from "./process-node.ts";
import { nodeReady } from "./ready.ts";

/** A node is small and idle: a little heap, few threads. */
const programFlags = ["--max-semi-space-size=1", "--v8-pool-size=1", "--disable-warning=ExperimentalWarning"];
const program = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Starts a node and waits until the control plane calls it ready.
 * @throws UsageError if an option is not right; Error with the end of the node's log if the node gives up.
 */
export async function startLocalNode(options: ProcessNodeOptions, setting: NodeSetting): Promise<LocalNode> {
  checkNodeOptions(options);
  await installNode(options, setting);
  const node = new LocalNode(options, setting);
  try {
    await node.start();
  } catch (error) {
    await node.kill();
    throw error;
  }
  return node;
}

/** A node whose program runs as a child of this process. */
export class LocalNode implements ProcessNode {
  readonly #options: ProcessNodeOptions;
  readonly #setting: NodeSetting;
  readonly #console: ApiClient;
  #network: NetworkState;
  #process: GuardedProcess | undefined;
  readonly #failure = Promise.withResolvers<never>();

  constructor(options: ProcessNodeOptions, setting: NodeSetting) {
    const { address, authority, adminKeyPair } = setting;
    this.#failure.promise.catch(() => undefined); // whoever does not ask need not handle it
    this.#options = options;
    this.#setting = setting;
    this.#network = options.network ?? "connected";
    const server = `https://${address}:${ports.console}`;
    this.#console = createApiClient({ server, authority: authority.certificate, ...adminKeyPair });
  }

  get name(): string {
    return this.#options.name;
  }

  get address(): string {
    return this.#setting.address;
  }

  get hostRoot(): string {
    return this.#files.hostRoot;
  }

  get kubeconfig(): string {
    return this.#files.kubeconfig;
  }

  /** The program, while it runs. */
  get process(): GuardedProcess | undefined {
    return this.#process;
  }

  /** Rejects if the program ends without being killed by us. Never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    if (this.#process) return;
    const bootID = randomUUID();
    const configuration = nodeConfiguration(this.#options, this.#setting, { bootID, network: this.#network });
    await writePrivate(this.#files.configuration, JSON.stringify(configuration));
    const started = await startGuarded({
      command: [process.execPath, ...programFlags, program, this.#files.configuration],
      // Compiled once, the program needs neither the compiler's time nor its memory again.
      environment: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: join(cacheDirectory(), "node-compile-cache") },
      workingDirectory: this.#setting.directory,
      witnessed: true,
      output: { file: this.#files.log },
    });
    this.#process = started;
    this.#watchOver(started).catch(this.#failure.reject);
    if (this.#network === "connected") await this.#untilReady(bootID);
  }

  async disconnect(how: Exclude<NetworkState, "connected"> = "refused"): Promise<void> {
    await this.#setNetwork(how);
  }

  async reconnect(): Promise<void> {
    await this.#setNetwork("connected");
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.kill();
  }

  async pods(): Promise<Pod[]> {
    return this.#console.get("/pods");
  }

  async crash({ namespace = "default", pod, container }: Pick<LogOptions, "namespace" | "pod" | "container">) {
    const request: CrashRequest = { namespace, pod, container };
    return (await this.#console.create<{ ended: boolean }>("/crash", request)).ended;
  }

  async logs({ namespace = "default", pod, container, tailLines, previous }: LogOptions): Promise<string> {
    const parameters = new URLSearchParams({ ...(previous && { previous: "true" }) });
    if (tailLines !== undefined) parameters.set("tailLines", String(tailLines));
    return this.#console.text(`/containerLogs/${namespace}/${pod}/${container}?${parameters.toString()}`);
  }

  get #files() {
    return nodeFiles(this.#setting.directory);
  }

  async #setNetwork(state: NetworkState): Promise<void> {
    this.#network = state;
    if (this.#process) await this.#console.replace("/network", { state });
  }

  async #untilReady(bootID: string): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#setting.signal, over.signal]);
    try {
      await Promise.race([nodeReady(this.#setting.admin, this.name, bootID, signal), this.failed]);
    } finally {
      over.abort();
    }
  }

  async #watchOver(started: GuardedProcess): Promise<void> {
    await started.exited;
    if (this.#process !== started) return;
    this.#process = undefined;
    throw new Error(`node ${this.name} has ended; the end of ${this.#files.log}:\n${await tail(this.#files.log)}`);
  }
}
