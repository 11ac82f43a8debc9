import { setTimeout as delay } from "node:timers/promises";
import { type ApiClient, isApiError } from "../api/client.ts";
import { apiMicroTime, apiTime } from "../api/time.ts";
import type { Node } from "../api/wire.ts";
import type { NodeConfiguration } from "./configuration.ts";
import { leaseObject, type Machine, nodeObject, nodeStatus } from "./registration.ts";

const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const nodes = "/api/v1/nodes";

/** Registers a node and keeps it known as alive. */
export class Heartbeat {
  readonly #api: ApiClient;
  readonly #configuration: NodeConfiguration;
  readonly #machine: Machine;
  #statusDue = 0;

  constructor(api: ApiClient, configuration: NodeConfiguration, machine: Machine) {
    this.#api = api;
    this.#configuration = configuration;
    this.#machine = machine;
  }

  /**
   * Makes the Node, or takes over the one that bears its name.
   * @throws ApiError if the API server does not let the node be what it says.
   */
  async register(): Promise<void> {
    const desired = nodeObject(this.#configuration, this.#machine, apiTime());
    try {
      await this.#api.create(nodes, desired);
    } catch (error) {
      if (!isApiError(error, 409)) throw error;
      await this.#api.patch(this.#path, "application/merge-patch+json", {
        metadata: { labels: desired.metadata.labels },
      });
    }
    await this.#postStatus();
  }

  /** Registers as soon as the API server can be reached. */
  async registerWhenReachable(): Promise<void> {
    const { leaseRenewalSeconds } = this.#configuration.heartbeat;
    for (;;) {
      try {
        await this.register();
        return;
      } catch (error) {
        if (isApiError(error, 400, 403, 422)) throw error; // it will not get better
        await delay(leaseRenewalSeconds * 1000);
      }
    }
  }

  /** Renews the Lease, and rights the status when it is not what the node knows it to be, until the signal. */
  async beat(signal: AbortSignal): Promise<void> {
    const { leaseRenewalSeconds } = this.#configuration.heartbeat;
    while (!signal.aborted) {
      try {
        await this.#renewLease();
        if (Date.now() >= this.#statusDue) await this.#rightStatus();
      } catch {
        this.#statusDue = 0; // the control plane may have given the node up: tell it as soon as it can be reached
      }
      await delay(leaseRenewalSeconds * 1000, undefined, { signal }).catch(() => undefined);
    }
  }

  get #path(): string {
    return `${nodes}/${this.#configuration.name}`;
  }

  async #renewLease(): Promise<void> {
    const path = `${leases}/${this.#configuration.name}`;
    const renewTime = apiMicroTime();
    try {
      await this.#api.patch(path, "application/merge-patch+json", { spec: { renewTime } });
    } catch (error) {
      if (!isApiError(error, 404)) throw error;
      const node = await this.#api.get<Node>(this.#path);
      await this.#api.create(leases, leaseObject(this.#configuration, node.metadata.uid!, renewTime));
    }
  }

  async #rightStatus(): Promise<void> {
    try {
      const node = await this.#api.get<Node>(this.#path);
      const ready = node.status?.conditions?.find((each) => each.type === "Ready");
      if (ready?.status === "True") this.#statusSeen();
      else await this.#postStatus();
    } catch (error) {
      if (!isApiError(error, 404)) throw error;
      await this.register();
    }
  }

  async #postStatus(): Promise<void> {
    const status = nodeStatus(this.#configuration, this.#machine, apiTime());
    await this.#api.patch(`${this.#path}/status`, "application/strategic-merge-patch+json", { status });
    this.#statusSeen();
  }

  #statusSeen(): void {
    this.#statusDue = Date.now() + this.#configuration.heartbeat.statusSeconds * 1000;
  }
}
