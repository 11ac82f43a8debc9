import { setTimeout as delay } from "node:timers/promises";
import { type ApiClient, ApiError, isApiError } from "../api/client.ts";
import type { Pod, PodStatus } from "../api/wire.ts";

const backoffMilliseconds = { first: 200, last: 2_000 };

interface Report {
  pod: Pod;
  status: PodStatus;
  /** The pod is to be deleted and has ended: confirm it. */
  confirmDeletion: boolean;
}

/** Brings the latest status of each pod to the API server, however often that takes. */
export class StatusReporter {
  readonly #api: ApiClient;
  readonly #waiting = new Map<string, Report>();
  readonly #busy = new Set<string>();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  report(report: Report): void {
    const uid = report.pod.metadata.uid!;
    this.#waiting.set(uid, report);
    if (this.#busy.has(uid)) return;
    this.#busy.add(uid);
    this.#deliverAll(uid)
      .finally(() => this.#busy.delete(uid))
      .catch(() => undefined); // #deliverAll never rejects
  }

  /** Stops reporting a pod that no longer exists. */
  forget(uid: string): void {
    this.#waiting.delete(uid);
  }

  async #deliverAll(uid: string): Promise<void> {
    let backoff = backoffMilliseconds.first;
    for (let report = this.#waiting.get(uid); report; report = this.#waiting.get(uid)) {
      try {
        await this.#deliver(report);
        backoff = backoffMilliseconds.first;
        if (this.#waiting.get(uid) === report) this.#waiting.delete(uid);
      } catch (error) {
        if (error instanceof ApiError) console.error(`status of pod ${report.pod.metadata.name}: ${error.message}`);
        await delay(backoff);
        backoff = Math.min(2 * backoff, backoffMilliseconds.last);
      }
    }
  }

  async #deliver({ pod, status, confirmDeletion }: Report): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    try {
      const patch = { metadata: { uid }, status: asPatch(status) };
      await this.#api.patch(`${path}/status`, "application/strategic-merge-patch+json", patch);
      if (confirmDeletion) await this.#api.delete(path, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isApiError(error, 404, 409)) throw error; // gone, or another pod of the same name
    }
  }
}

/**
 * Strategic merge patch keeps what it is not told to drop: words that a condition no longer has, and addresses that
 * the pod had before its node was away.
 */
function asPatch(status: PodStatus): object {
  const replacing = (list: object[]) => [{ $patch: "replace" }, ...list];
  const { conditions, podIPs, hostIPs } = status;
  return {
    ...status,
    ...(conditions && { conditions: conditions.map((each) => ({ reason: null, message: null, ...each })) }),
    ...(podIPs && { podIPs: replacing(podIPs) }),
    ...(hostIPs && { hostIPs: replacing(hostIPs) }),
  };
}
