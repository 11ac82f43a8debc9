import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../api/wire.ts";
import { messageOf } from "../errors.ts";
import { type PodMemory, recallPods } from "./pod/memory.ts";
import { isTerminal } from "./pod/status.ts";
import { PodWorker } from "./pod/worker.ts";
import { reflect } from "./reflector.ts";
import { type NodeServices, podDirectory, podLogs } from "./services.ts";

/** Keeps one worker a pod that is bound to the node. */
export class Kubelet {
  readonly #services: NodeServices;
  readonly #workers = new Map<string, PodWorker>();
  /** Every pod the node has heard of and that still exists, running or over. */
  readonly #pods = new Map<string, Pod>();
  #memories = new Map<string, PodMemory>();

  constructor(services: NodeServices) {
    this.#services = services;
  }

  /** Follows the pods of the node until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { api, configuration } = this.#services;
    this.#memories = await recallPods(join(configuration.directory, "pods"));
    const handlers = {
      onList: (pods: Pod[]) => this.#replaceAll(pods),
      onSet: (pod: Pod) => this.#set(pod),
      onDelete: (pod: Pod) => this.#remove(pod),
    };
    await reflect<Pod>(api, "/api/v1/pods", `spec.nodeName=${configuration.name}`, handlers, signal);
  }

  /** The pods as the node knows them, with the status it last worked out. */
  pods(): Pod[] {
    return [...this.#pods.values()].map((pod) => {
      const status = this.#workers.get(pod.metadata.uid!)?.status ?? pod.status;
      return status ? { ...pod, status } : pod;
    });
  }

  find(namespace: string, name: string): { pod: Pod; worker: PodWorker | undefined } | undefined {
    const pod = [...this.#pods.values()].find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    return pod && { pod, worker: this.#workers.get(pod.metadata.uid!) };
  }

  #replaceAll(pods: Pod[]): void {
    const uids = new Set(pods.map((each) => each.metadata.uid));
    for (const pod of [...this.#pods.values()]) if (!uids.has(pod.metadata.uid)) this.#remove(pod);
    for (const pod of pods) this.#set(pod);
    this.#sweep(uids).catch((error: unknown) => console.error(`sweeping failed: ${messageOf(error)}`));
  }

  #set(pod: Pod): void {
    const uid = pod.metadata.uid!;
    this.#pods.set(uid, pod);
    const worker = this.#workers.get(uid);
    if (worker) worker.update(pod);
    else if (!isTerminal(pod.status?.phase)) this.#start(pod);
    else if (pod.metadata.deletionTimestamp) {
      this.#services.statuses.report({ pod, status: {}, confirmDeletion: true });
    }
  }

  #start(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const worker = new PodWorker(pod, this.#services, this.#memories.get(uid));
    this.#memories.delete(uid);
    this.#workers.set(uid, worker);
    worker.run().catch((error: unknown) => {
      console.error(`pod ${pod.metadata.namespace}/${pod.metadata.name}: ${messageOf(error)}`);
    });
  }

  #remove(pod: Pod): void {
    const uid = pod.metadata.uid!;
    this.#pods.delete(uid);
    const worker = this.#workers.get(uid);
    this.#workers.delete(uid);
    worker?.remove();
    this.#clean(pod, worker).catch((error: unknown) => console.error(`cleaning failed: ${messageOf(error)}`));
  }

  async #clean(pod: Pod, worker: PodWorker | undefined): Promise<void> {
    await worker?.ended;
    const { configuration } = this.#services;
    const folders = [podDirectory(configuration, pod.metadata.uid!), podLogs(configuration, pod)];
    await Promise.all(folders.map((each) => rm(each, { recursive: true, force: true })));
  }

  /** Removes what pods have left that were deleted while the node was away. */
  async #sweep(uids: Set<string | undefined>): Promise<void> {
    const { directory } = this.#services.configuration;
    for (const folder of ["pods", "logs"]) {
      const entries = await readdir(join(directory, folder)).catch(() => []);
      const uidOf = (entry: string) => entry.slice(entry.lastIndexOf("_") + 1);
      const strays = entries.filter((entry) => !uids.has(uidOf(entry)) && !this.#pods.has(uidOf(entry)));
      await Promise.all(strays.map((entry) => rm(join(directory, folder, entry), { recursive: true, force: true })));
    }
  }
}
