import { join } from "node:path";
import { execa } from "execa";
import { findBinaries } from "./binaries/find.ts";
import { type Binaries, wantedRelease } from "./binaries/release.ts";
import type { User } from "./certificates.ts";
import { type ClusterDirectory, openClusterDirectory, removeCluster } from "./cluster-directory.ts";
import type { AuditPolicy } from "./control-plane/files.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/start.ts";
import { UsageError } from "./errors.ts";
import { type AddressPlan, freeAddressPlan, maxNodes, nodeAddress, ports } from "./network.ts";
import type { NodeSetting } from "./node/installation.ts";
import { type LocalNode, startLocalNode } from "./node/local-node.ts";
import type { ProcessNode, ProcessNodeOptions } from "./node/process-node.ts";
import { endRecorded, readRecord, writeRecord } from "./processes/record.ts";

export type { AuditPolicy } from "./control-plane/files.ts";
export type { NetworkState } from "./node/configuration.ts";
export type { Image, Images } from "./node/image.ts";
export type { LogOptions, ProcessNode, ProcessNodeOptions } from "./node/process-node.ts";
export { type DeviceName, deviceNames } from "./node/simulated-orin/devices.ts";

/** How soon the control plane notices that a node is gone, in seconds. */
export interface ClusterTiming {
  /** Without a sign of life for this long a Node is NotReady. */
  nodeGraceSeconds: number;
  /** A node renews its Lease this often. */
  leaseRenewalSeconds: number;
  /** A node checks this often that the API server has its status right. */
  nodeStatusSeconds: number;
}

/** Quick enough to play with; Kubernetes' own are 50, 10 and 10 seconds. */
export const quickTiming: ClusterTiming = { nodeGraceSeconds: 8, leaseRenewalSeconds: 2, nodeStatusSeconds: 10 };

export interface ClusterOptions {
  /** Where everything of the cluster goes: by default a new folder that goes away with it. */
  directory?: string;
  /** Told each step in a line. */
  onProgress?: (line: string) => void;
  /** What the API server writes down of requests, into {@link Cluster.auditLog}; nothing by default. */
  auditPolicy?: AuditPolicy;
  timing?: Partial<ClusterTiming>;
  /** A folder with the programs of the control plane, instead of looking for them. */
  binaries?: string;
  /** Gives up starting the cluster, or a node of it. */
  signal?: AbortSignal;
}

/** A local cluster: a real control plane and process nodes. */
export interface Cluster extends AsyncDisposable {
  readonly directory: string;
  /** The API server's address, an https URL on loopback. */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly adminKubeconfig: string;
  /** Path of the cluster's certificate authority, PEM. */
  readonly authorityFile: string;
  /** Path of the audit log (a JSON event a line), if one was asked for. */
  readonly auditLog: string | undefined;
  readonly nodes: readonly ProcessNode[];
  /** Rejects when a component of the control plane, or a node's program, ends by itself. Never resolves. */
  readonly failed: Promise<never>;
  /** Makes a client certificate for a user, signed by the cluster. Returns the path of a kubeconfig that holds it. */
  kubeconfigFor(user: User): Promise<string>;
  /** Starts a node and waits until it is ready. */
  addNode(options: ProcessNodeOptions): Promise<ProcessNode>;
  /**
   * Runs kubectl as the administrator and returns what it prints.
   * @throws ExecaError if it fails: `stderr` has its words.
   */
  kubectl(args: string[], input?: string): Promise<string>;
  /** Lets the cluster outlive this process; {@link stop} then does nothing. {@link endKeptCluster} ends it. */
  keep(): Promise<void>;
  /** Ends every process of the cluster, nodes and pods included, and removes its files. */
  stop(): Promise<void>;
}

/**
 * Brings up a local cluster and waits until it is ready for pods.
 * It ends with this process, however this ends, unless it is kept.
 * @throws UsageError if the directory is taken or no control plane is to be had.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const onProgress = options.onProgress ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const timing = { ...quickTiming, ...options.timing };
  const binaries = await findBinaries({ directory: options.binaries, onProgress, signal });
  const directory = await openClusterDirectory(options.directory);
  try {
    const plan = await freeAddressPlan();
    const controlPlane = await startControlPlane({
      directory: directory.path,
      binaries,
      plan,
      timing: { gracePeriodSeconds: timing.nodeGraceSeconds, monitorPeriodSeconds: 1 },
      auditPolicy: options.auditPolicy,
      onProgress,
      signal,
    });
    return new LocalCluster({ directory, controlPlane, binaries, plan, timing, onProgress, signal });
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

/**
 * Ends a kept cluster and removes its files.
 * @returns false if there is none in the directory.
 */
export async function endKeptCluster(directory: string): Promise<boolean> {
  const record = await readRecord(directory);
  if (!record) return false;
  await endRecorded(record.processes);
  await removeCluster(directory, record.ownsDirectory);
  return true;
}

interface Parts {
  directory: ClusterDirectory;
  controlPlane: ControlPlane;
  binaries: Binaries;
  plan: AddressPlan;
  timing: ClusterTiming;
  onProgress: (line: string) => void;
  signal: AbortSignal;
}

const maximumLogBytes = 10 * 2 ** 20;

class LocalCluster implements Cluster {
  readonly #parts: Parts;
  readonly #nodes: LocalNode[] = [];
  readonly #names = new Set<string>();
  readonly #starting: Promise<LocalNode>[] = [];
  readonly #stopping = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  #stopped: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#failure.promise.catch(() => undefined); // whoever does not ask need not handle it
    parts.controlPlane.failed.catch(this.#failure.reject);
  }

  get directory(): string {
    return this.#parts.directory.path;
  }

  get server(): string {
    return this.#parts.controlPlane.server;
  }

  get adminKubeconfig(): string {
    return this.#parts.controlPlane.adminKubeconfig;
  }

  get authorityFile(): string {
    return this.#parts.controlPlane.files.authority.certificate;
  }

  get auditLog(): string | undefined {
    return this.#parts.controlPlane.auditLog;
  }

  get nodes(): readonly ProcessNode[] {
    return this.#nodes;
  }

  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  async kubeconfigFor(user: User): Promise<string> {
    return this.#parts.controlPlane.kubeconfigFor(user);
  }

  async addNode(options: ProcessNodeOptions): Promise<ProcessNode> {
    if (this.#names.has(options.name)) throw new UsageError(`node ${options.name} is already there: give another name`);
    this.#names.add(options.name);
    const number = this.#names.size;
    if (number > maxNodes) throw new UsageError(`a cluster has at most ${maxNodes} nodes`);
    this.#parts.onProgress(`starting node ${options.name}`);
    const starting = startLocalNode(options, this.#nodeSetting(options.name, number));
    this.#starting.push(starting);
    const node = await starting;
    node.failed.catch(this.#failure.reject);
    this.#nodes.push(node);
    return node;
  }

  async kubectl(args: string[], input?: string): Promise<string> {
    const own = ["--kubeconfig", this.adminKubeconfig, "--cache-dir", join(this.directory, "kubectl-cache")];
    const { stdout } = await execa(
      this.#parts.binaries.kubectl,
      [...own, ...args],
      input === undefined ? {} : { input },
    );
    return stdout;
  }

  async keep(): Promise<void> {
    const { controlPlane, directory } = this.#parts;
    const processes = [...this.#nodes.flatMap((each) => each.process ?? []), ...controlPlane.processes];
    await writeRecord(
      directory.path,
      processes.map((each) => each.pid),
      directory.owned,
    );
    controlPlane.admin.close();
    await Promise.all([...processes.map((each) => each.keep()), directory.keep()]);
    this.#stopped = Promise.resolve(); // it is no longer ours to stop
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#nodes.map((each) => each.kill()));
    await this.#parts.controlPlane.stop();
    await this.#parts.directory.remove();
  }

  #nodeSetting(name: string, number: number): NodeSetting {
    const { controlPlane, plan, signal, timing } = this.#parts;
    return {
      directory: join(this.directory, "nodes", name),
      address: nodeAddress(plan, number),
      apiServer: { host: plan.controlPlane, port: ports.apiServer },
      authority: controlPlane.authority,
      authorityFile: this.authorityFile,
      admin: controlPlane.admin,
      adminKeyPair: controlPlane.adminKeyPair,
      kubernetesVersion: wantedRelease().kubernetes,
      heartbeat: {
        leaseDurationSeconds: timing.nodeGraceSeconds,
        leaseRenewalSeconds: timing.leaseRenewalSeconds,
        statusSeconds: timing.nodeStatusSeconds,
      },
      maximumLogBytes,
      signal: AbortSignal.any([signal, this.#stopping.signal]),
    };
  }
}
