import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apiTime } from "../../api/time.ts";
import type { Container, Pod, PodStatus } from "../../api/wire.ts";
import { messageOf } from "../../errors.ts";
import type { HeldObjects } from "../objects.ts";
import { type NodeServices, podDirectory } from "../services.ts";
import { tokenKey } from "../volumes/layout.ts";
import { PodVolumes } from "../volumes/volumes.ts";
import { ContainerRunner } from "./container.ts";
import { serviceAccountToken, writeCredentials } from "./credentials.ts";
import type { PodPlacement } from "./downward.ts";
import type { ContainerLog } from "./log.ts";
import { type PodMemory, remember } from "./memory.ts";
import { recoverRecord } from "./recovery.ts";
import { MissingReferenceError, referencesOf } from "./references.ts";
import { containerDirectory, containerSetting, type PodSetting } from "./setting.ts";
import { type ContainerRecord, disagrees, isTerminal, newRecord, type PodObservation, podStatus } from "./status.ts";

/** Between two tries to set volumes up for which something is missing. */
const retryMilliseconds = 1_000;

/** Runs one pod from the moment it is bound to the node until none of its containers will run again. */
export class PodWorker {
  readonly #services: NodeServices;
  readonly #placement: PodPlacement;
  readonly #directory: string;
  readonly #held: HeldObjects;
  readonly #volumes: PodVolumes;
  readonly #startTime: string;
  readonly #init: ContainerRunner[];
  readonly #main: ContainerRunner[];
  readonly #stop = new AbortController();
  readonly #force = new AbortController();
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #pod: Pod;
  #failure: PodObservation["failure"];
  #prepared = false;
  #finished = false;
  #status: PodStatus | undefined;
  #changeSeen = false;

  constructor(pod: Pod, services: NodeServices, memory: PodMemory | undefined) {
    const { configuration, api, addresses, allocatable } = services;
    this.#pod = pod;
    this.#services = services;
    this.#directory = podDirectory(configuration, pod.metadata.uid!);
    const podIP = pod.spec.hostNetwork ? configuration.address : addresses.take();
    this.#placement = { podIP, hostIP: configuration.address, allocatable };
    this.#startTime = memory?.startTime ?? pod.status?.startTime ?? apiTime();
    this.#held = services.objects.hold(pod.metadata.namespace!, referencesOf(pod), () => this.#refresh());
    this.#volumes = new PodVolumes({
      api,
      pod: () => this.#pod,
      placement: this.#placement,
      lookup: this.#held.lookup,
      hostRoot: configuration.hostRoot,
      directory: join(this.#directory, "volumes"),
      signal: this.#over.signal,
      onChange: () => this.#refresh(),
    });
    this.#init = this.#runners("init", pod.spec.initContainers ?? [], memory?.initContainers);
    this.#main = this.#runners("container", pod.spec.containers, memory?.containers);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The status as it was last worked out, whether or not the API server has heard of it. */
  get status(): PodStatus | undefined {
    return this.#status;
  }

  /** The log that a container is writing, if it has been started since the node came up. */
  logOf(container: string): ContainerLog | undefined {
    return [...this.#init, ...this.#main].find((each) => each.record.name === container)?.log;
  }

  /** Ends a container's run at once. Returns whether it was running. */
  crash(container: string): boolean {
    return this.#main.find((each) => each.record.name === container)?.crash() ?? false;
  }

  /** The pod's object has changed: other labels, or it is to be deleted. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp || isTerminal(pod.status?.phase)) this.#stop.abort();
    if (this.#finished) this.#report();
    this.#refresh();
    this.#changed();
  }

  /** The pod's object is gone: its containers are ended at once, and nothing more is reported. */
  remove(): void {
    this.#services.statuses.forget(this.#pod.metadata.uid!);
    this.#force.abort();
    this.#stop.abort();
  }

  /** Resolves when none of the containers will run again and nothing is left but the logs. Call it once. */
  async run(): Promise<void> {
    try {
      await this.#live();
    } catch (error) {
      this.#failure = { reason: "ProcessNodeError", message: messageOf(error) };
      throw error;
    } finally {
      await this.#finish();
      this.#ended.resolve();
    }
  }

  /** When {@link run} has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async #live(): Promise<void> {
    this.update(this.#pod);
    const deadline = this.#watchDeadline();
    try {
      await this.#prepare();
      for (const each of this.#init) {
        await each.run();
        if (each.record.state.terminated?.exitCode !== 0) return;
      }
      await Promise.all(this.#main.map((each) => each.run()));
    } finally {
      clearTimeout(deadline);
    }
  }

  async #prepare(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await Promise.race([this.#held.listed, aborted(this.#stop.signal)]);
    for (let told = ""; !this.#stop.signal.aborted;) {
      try {
        await this.#volumes.setUp();
        await this.#writeCredentials();
        this.#prepared = true;
        this.#changed();
        return;
      } catch (error) {
        if (!(error instanceof MissingReferenceError)) throw error;
        if (error.message !== told) this.#event("Warning", "FailedMount", `MountVolume.SetUp failed: ${error.message}`);
        told = error.message;
        await delay(retryMilliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #finish(): Promise<void> {
    this.#finished = true;
    this.#over.abort();
    this.#held.release();
    await this.#volumes.tearDown();
    if (!this.#pod.spec.hostNetwork) this.#services.addresses.giveBack(this.#placement.podIP);
    this.#report();
  }

  #runners(kind: "init" | "container", containers: Container[], memory: ContainerRecord[] = []): ContainerRunner[] {
    const setting: PodSetting = {
      pod: () => this.#pod,
      services: this.#services,
      placement: this.#placement,
      lookup: this.#held.lookup,
      volumes: this.#volumes.paths,
      onChange: () => this.#changed(),
      stop: this.#stop.signal,
      force: this.#force.signal,
    };
    return containers.map((container) => {
      const { name, image = "" } = container;
      const recalled = memory.find((each) => each.name === name);
      const waiting = kind === "init" || !this.#pod.spec.initContainers ? "ContainerCreating" : "PodInitializing";
      const record = recalled ? recoverRecord(recalled, apiTime()) : newRecord(name, image, waiting);
      return new ContainerRunner(container, kind, record, containerSetting(kind, container, setting));
    });
  }

  /** Ends the pod when it has been active for longer than it may. */
  #watchDeadline(): NodeJS.Timeout | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    if (activeDeadlineSeconds === undefined) return undefined;
    const remaining = new Date(this.#startTime).getTime() + activeDeadlineSeconds * 1000 - Date.now();
    return setTimeout(
      () => {
        const message = "Pod was active on the node longer than the specified deadline";
        this.#failure = { reason: "DeadlineExceeded", message };
        this.#event("Normal", "DeadlineExceeded", message);
        this.#stop.abort();
      },
      Math.max(0, remaining),
    );
  }

  /** Something that files are made of has changed. */
  #refresh(): void {
    if (!this.#prepared || this.#over.signal.aborted) return;
    this.#volumes
      .refresh()
      .then(() => this.#writeCredentials())
      .catch((error: unknown) => this.#event("Warning", "FailedMount", `refresh failed: ${String(error)}`));
  }

  async #writeCredentials(): Promise<void> {
    const { configuration, authority } = this.#services;
    const cluster = { authority, apiServer: { host: configuration.address, port: configuration.apiServer.port } };
    for (const container of [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers]) {
      const source = serviceAccountToken(this.#pod, container);
      const token = source && this.#volumes.tokens.get(tokenKey(source));
      const directory = containerDirectory(this.#services, this.#pod, container);
      if (token) await writeCredentials(directory, this.#pod, token, cluster);
    }
  }

  /** Several changes at once become one report. */
  #changed(): void {
    if (this.#changeSeen || this.#finished) return;
    this.#changeSeen = true;
    setImmediate(() => {
      this.#changeSeen = false;
      if (!this.#finished) this.#report();
    });
  }

  #report(): void {
    const observation = this.#observe();
    const { startTime, initContainers, containers } = observation;
    if (!this.#force.signal.aborted) remember(this.#directory, { startTime, initContainers, containers });
    const status = podStatus(observation, apiTime());
    const confirmDeletion = this.#finished && this.#pod.metadata.deletionTimestamp !== undefined;
    const same = JSON.stringify(status) === JSON.stringify(this.#status) && !disagrees(this.#pod.status, status);
    this.#status = status;
    if ((!same || confirmDeletion) && !this.#force.signal.aborted) {
      this.#services.statuses.report({ pod: this.#pod, status: structuredClone(status), confirmDeletion });
    }
  }

  #observe(): PodObservation {
    const conditions = [...(this.#status?.conditions ?? []), ...(this.#pod.status?.conditions ?? [])];
    return {
      pod: { ...this.#pod, status: { ...this.#pod.status, conditions } },
      podIP: this.#placement.podIP,
      hostIP: this.#placement.hostIP,
      startTime: this.#startTime,
      initContainers: this.#init.map((each) => each.record),
      containers: this.#main.map((each) => each.record),
      prepared: this.#prepared,
      ...(this.#failure && { failure: this.#failure }),
      finished: this.#finished,
    };
  }

  #event(type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void {
    this.#services.events.aboutPod(this.#pod, type, reason, message, fieldPath);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
