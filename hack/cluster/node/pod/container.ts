import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apiTime } from "../../api/time.ts";
import type { Container, Pod } from "../../api/wire.ts";
import { messageOf } from "../../errors.ts";
import type { EventType } from "../events.ts";
import { findImage, type Image, type Images } from "../image.ts";
import { backOff, type BackoffPolicy, noBackoff } from "./backoff.ts";
import { type ContainerRun, startContainer, StartError } from "./container-run.ts";
import { type Launch, planLaunch } from "./launch.ts";
import type { ContainerLog } from "./log.ts";
import type { ProbeKind } from "./probe-state.ts";
import { probeContainer } from "./prober.ts";
import { shouldRestart } from "./restart.ts";
import type { ContainerRecord } from "./status.ts";
import { unsupportedFeature } from "./unsupported.ts";

/** What a container needs of its pod. */
export interface ContainerSetting {
  pod: () => Pod;
  podIP: string;
  images: Images;
  volumes: ReadonlyMap<string, string>;
  /** The container's own folder, and where its logs go. */
  directory: string;
  logs: string;
  maximumLogBytes: number;
  backoff: BackoffPolicy;
  /** @throws MissingReferenceError */
  variables: (image: Image) => ReadonlyMap<string, string>;
  /** Variables that every container of the pod has. */
  base: Record<string, string>;
  onChange: () => void;
  event: (type: EventType, reason: string, message: string) => void;
  /** Aborted when the pod is to end. */
  stop: AbortSignal;
  /** Aborted when its containers are not to be waited for any longer. */
  force: AbortSignal;
  /** How many seconds the pod's containers may take to end by themselves. */
  graceSeconds: () => number;
}

/** How long a container that cannot be configured, or has no image, waits before the next try. */
const retryMilliseconds = 2_000;

/** Runs one container of a pod: again and again, as the restart policy says, until it is done or the pod ends. */
export class ContainerRunner {
  readonly record: ContainerRecord;
  readonly #container: Container;
  readonly #kind: "container" | "init";
  readonly #setting: ContainerSetting;
  #log: ContainerLog | undefined;
  #run: ContainerRun | undefined;
  #backoff = noBackoff;

  constructor(container: Container, kind: "container" | "init", record: ContainerRecord, setting: ContainerSetting) {
    this.#container = container;
    this.#kind = kind;
    this.record = record;
    this.#setting = setting;
  }

  /** The log of the run that is on, or was last. */
  get log(): ContainerLog | undefined {
    return this.#log;
  }

  /** Ends the run that is on at once, as the kernel does when memory runs out. Returns whether there was one. */
  crash(): boolean {
    this.#run?.kill();
    return this.#run !== undefined;
  }

  /** Resolves when the container will not run again. */
  async run(): Promise<void> {
    if (!this.#resume()) return;
    while (!this.#isStopped()) {
      const launch = this.#prepare();
      if (!launch) {
        await this.#wait(retryMilliseconds);
        continue;
      }
      const startedAt = performance.now();
      const exitCode = await this.#runOnce(launch);
      if (this.#isStopped() || !shouldRestart(this.#setting.pod().spec.restartPolicy, exitCode, this.#kind)) return;
      await this.#waitForRestart(performance.now() - startedAt);
      this.#update({ restartCount: this.record.restartCount + (this.#isStopped() ? 0 : 1) });
    }
  }

  /** A node that has come back finds a container that has run before. Returns whether it is to run. */
  #resume(): boolean {
    const { state, restartCount } = this.record;
    if (!state.terminated) return true;
    const exitCode = this.#kind === "init" ? 1 : state.terminated.exitCode; // a pod that starts anew initializes anew
    if (!shouldRestart(this.#setting.pod().spec.restartPolicy, exitCode, this.#kind)) return false;
    this.#update({ lastState: state, restartCount: restartCount + 1 });
    return true;
  }

  /** What to start, or undefined, with the reason in the record, if that cannot be said yet. */
  #prepare(): Launch | undefined {
    const refusal = unsupportedFeature(this.#container);
    if (refusal !== undefined) {
      this.#cannot("CreateContainerConfigError", refusal, "Error");
      return undefined;
    }
    const found = findImage(this.#setting.images, this.#container.image ?? "");
    if (!found) {
      this.#cannot("ErrImagePull", `this process node has no image "${this.#container.image}"`, "Failed to pull image");
      return undefined;
    }
    this.#update({ imageID: `process-image://${found.name}` });
    try {
      const { volumes, directory, base } = this.#setting;
      const container = this.#container;
      const variables = this.#setting.variables(found.image);
      return planLaunch({ container, image: found.image, variables, volumes, directory, base });
    } catch (error) {
      this.#cannot("CreateContainerConfigError", messageOf(error), "Error");
      return undefined;
    }
  }

  #cannot(reason: string, message: string, prefix: string): void {
    if (this.record.state.waiting?.reason !== reason) this.#setting.event("Warning", "Failed", `${prefix}: ${message}`);
    this.#update({ state: { waiting: { reason, message } } });
  }

  async #runOnce(launch: Launch): Promise<number> {
    const { image } = this.#container;
    this.#setting.event("Normal", "Pulled", `Container image "${image}" already present on machine`);
    this.record.containerID = `process://${randomBytes(16).toString("hex")}`;
    const startedAt = apiTime();
    try {
      const run = await this.#start(launch);
      this.#update({ state: { running: { startedAt } } });
      this.#run = run;
      return await this.#watchOver(run, launch, startedAt).finally(() => {
        this.#run = undefined;
        run.kill(); // if anything went wrong
      });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#setting.event("Warning", "Failed", `Error: ${error.message}`);
      this.#recordEnd({ exitCode: 128, reason: "StartError", startedAt, message: error.message });
      return 128;
    }
  }

  async #start(launch: Launch): Promise<ContainerRun> {
    const { podIP, directory, logs, maximumLogBytes } = this.#setting;
    const logPath = join(logs, `${this.record.restartCount}.log`);
    const options = { container: this.#container, podIP, launch, directory, logPath, maximumLogBytes };
    await rm(join(logs, `${this.record.restartCount - 2}.log`), { force: true }); // a log and the one before it are kept
    const run = await startContainer(options);
    this.#log = run.log;
    this.#setting.event("Normal", "Created", `Container created: ${this.#container.name}`);
    this.#setting.event("Normal", "Started", `Container started: ${this.#container.name}`);
    return run;
  }

  /** Waits for a run to end, and ends it if the pod is to end or its probes say so. */
  async #watchOver(run: ContainerRun, launch: Launch, startedAt: string): Promise<number> {
    const over = new AbortController();
    const exited = run.exited.finally(() => over.abort());
    const reason = await Promise.race([exited.then(() => undefined), this.#reasonToEnd(launch, over.signal)]);
    if (reason) {
      this.#setting.event("Normal", "Killing", reason.message);
      whenAborted(this.#setting.force, over.signal, () => run.kill());
      await run.end(reason.graceSeconds);
    }
    const { code } = await exited;
    this.#recordEnd({ exitCode: code, startedAt, message: await run.lastWords(code) });
    return code;
  }

  async #reasonToEnd(launch: Launch, over: AbortSignal): Promise<{ message: string; graceSeconds: number }> {
    const { name } = this.#container;
    const { promise, resolve } = Promise.withResolvers<{ message: string; graceSeconds: number }>();
    const { stop, podIP } = this.#setting;
    whenAborted(stop, over, () =>
      resolve({ message: `Stopping container ${name}`, graceSeconds: this.#setting.graceSeconds() }),
    );
    const listener = {
      onStarted: () => this.#update({ started: true }),
      onReady: (ready: boolean) => this.#update({ ready }),
      onUnhealthy: (kind: ProbeKind, graceSeconds = this.#setting.graceSeconds()) =>
        resolve({ message: `Container ${name} failed ${kind} probe, will be restarted`, graceSeconds }),
      onFailure: (kind: ProbeKind, message: string) =>
        this.#setting.event(
          "Warning",
          "Unhealthy",
          `${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${message}`,
        ),
    };
    probeContainer({ container: this.#container, podIP, launch }, listener, over).catch(() => undefined); // the run is over
    return promise;
  }

  #recordEnd(end: { exitCode: number; reason?: string; startedAt: string; message: string | undefined }): void {
    const { exitCode, startedAt, message } = end;
    const terminated = {
      exitCode,
      reason: end.reason ?? (exitCode === 0 ? "Completed" : "Error"),
      startedAt,
      finishedAt: apiTime(),
      ...(message !== undefined && { message }),
      ...(this.record.containerID !== undefined && { containerID: this.record.containerID }),
    };
    const done = this.#kind === "init" && exitCode === 0;
    this.#update({ state: { terminated }, started: false, ready: done });
  }

  /** The record shows the wait, with the run before it as the last state. */
  async #waitForRestart(ranMilliseconds: number): Promise<void> {
    const { waitMilliseconds, state } = backOff(this.#backoff, ranMilliseconds, this.#setting.backoff);
    this.#backoff = state;
    const lastState = this.record.state;
    this.#update({ lastState });
    if (waitMilliseconds === 0) return;
    const { name } = this.#container;
    const message = `back-off ${waitMilliseconds / 1000}s restarting failed container=${name}`;
    this.#setting.event("Warning", "BackOff", `Back-off restarting failed container ${name}`);
    this.#update({ state: { waiting: { reason: "CrashLoopBackOff", message } } });
    await this.#wait(waitMilliseconds);
    // A pod that ends while its container waits ends with what the container last did.
    if (this.#setting.stop.aborted) this.#update({ state: lastState });
  }

  #isStopped(): boolean {
    return this.#setting.stop.aborted;
  }

  async #wait(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#setting.stop }).catch(() => undefined);
  }

  #update(change: Partial<ContainerRecord>): void {
    Object.assign(this.record, change);
    this.#setting.onChange();
  }
}

/** Calls back once when a signal is aborted, or at once if it is, unless `until` comes first. */
function whenAborted(signal: AbortSignal, until: AbortSignal, callback: () => void): void {
  if (signal.aborted) callback();
  else signal.addEventListener("abort", callback, { once: true, signal: until });
}
