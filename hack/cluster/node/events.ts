import { randomBytes } from "node:crypto";
import type { ApiClient } from "../api/client.ts";
import { apiTime } from "../api/time.ts";
import type { Event, Pod } from "../api/wire.ts";

export type EventType = "Normal" | "Warning";

interface Recorded {
  name: string;
  count: number;
}

/** How many different events are remembered, to count one again instead of writing it again. */
const remembered = 500;
/** How many events may wait for a node that is cut off to be back; later ones are lost. */
const mostWaiting = 100;

/**
 * Records Events as a kubelet does: the same thing said again about the same object raises a count. An Event that
 * cannot be delivered is lost: events are a courtesy.
 */
export class EventRecorder {
  readonly #api: ApiClient;
  readonly #host: string;
  readonly #recorded = new Map<string, Recorded>();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(api: ApiClient, host: string) {
    this.#api = api;
    this.#host = host;
  }

  /** Records an event about a pod, or about one of its containers. */
  aboutPod(pod: Pod, type: EventType, reason: string, message: string, fieldPath?: string): void {
    const { name, namespace = "default", uid, resourceVersion } = pod.metadata;
    const involvedObject = { apiVersion: "v1", kind: "Pod", name: name!, namespace, uid: uid! };
    const object = {
      ...involvedObject,
      resourceVersion: resourceVersion!,
      ...(fieldPath !== undefined && { fieldPath }),
    };
    if (this.#waiting >= mostWaiting) return;
    this.#waiting++;
    // One after the other, so that they are told in the order in which things happened.
    this.#last = this.#last
      .then(() => this.#record(namespace, object, type, reason, message))
      .catch(() => undefined)
      .finally(() => this.#waiting--);
  }

  async #record(
    namespace: string,
    involvedObject: Event["involvedObject"],
    type: EventType,
    reason: string,
    message: string,
  ): Promise<void> {
    const key = [involvedObject.uid, involvedObject.fieldPath, reason, message].join("\0");
    const before = this.#recorded.get(key);
    const now = apiTime();
    const collection = `/api/v1/namespaces/${namespace}/events`;
    if (before) {
      before.count++;
      const again = { count: before.count, lastTimestamp: now };
      await this.#api.patch(`${collection}/${before.name}`, "application/merge-patch+json", again);
      return;
    }
    const name = `${involvedObject.name}.${randomBytes(8).toString("hex")}`;
    this.#remember(key, { name, count: 1 });
    const source = { component: "kubelet", host: this.#host };
    const times = { firstTimestamp: now, lastTimestamp: now, count: 1 };
    const reporting = { reportingComponent: "kubelet", reportingInstance: this.#host };
    await this.#api.create(collection, {
      metadata: { name, namespace },
      involvedObject,
      type,
      reason,
      message,
      source,
      ...times,
      ...reporting,
    });
  }

  #remember(key: string, recorded: Recorded): void {
    this.#recorded.set(key, recorded);
    const oldest = this.#recorded.keys().next().value;
    if (this.#recorded.size > remembered && oldest !== undefined) this.#recorded.delete(oldest);
  }
}
