import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";

/** core/v1 ObjectReference as far as Events use it. */
export interface EventRegarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
}

/** events.k8s.io/v1 Event. */
export interface KubeEvent extends KubeObject {
  /** RFC 3339 with microseconds. */
  readonly eventTime: string;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: EventRegarding;
  readonly note: string;
  readonly type: "Normal" | "Warning";
}

/** Events, as `kubectl describe` shows them. */
export const EVENTS: Resource<KubeEvent> = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** What happened, as its reporter tells it. */
export interface Happening {
  readonly regarding: KubeObject;
  /** "Warning" is for what somebody should look at. */
  readonly type: "Normal" | "Warning";
  /** CamelCase; at most 128 characters. */
  readonly reason: string;
  /** What was being done, CamelCase; the reason unless given. */
  readonly action?: string | undefined;
  /** For people; cut at 1,024 bytes. Nothing personal. */
  readonly note: string;
}

const NAME_LIMIT = 253;
const WORD_LIMIT = 128;
const NOTE_LIMIT = 1_024;

/** The longest beginning of a text that fits into so many bytes of UTF-8, marked where it was cut. */
export function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const bytes = Buffer.from(text).subarray(0, limit - 3);
  // A character cut in half decodes to U+FFFD at the end.
  return `${bytes.toString("utf8").replace(/\uFFFD$/, "")}…`;
}

/**
 * RFC 3339 with microseconds (metav1.MicroTime).
 *
 * @param micros Microseconds since the Unix epoch.
 */
export function formatMicros(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  return `${seconds}.${String(micros % 1_000_000).padStart(6, "0")}Z`;
}

/**
 * The name of an Event: the object's name and the time in hexadecimal, so that Events of one object list in the order
 * in which they happened, which is the order that `kubectl describe` keeps for Events of this API.
 */
export function eventName(regarding: string, micros: number): string {
  const suffix = `.${micros.toString(16).padStart(14, "0")}`;
  return `${regarding.slice(0, NAME_LIMIT - suffix.length).replace(/[-.]+$/, "")}${suffix}`;
}

/** What makes two happenings the same: everything but the time. */
export function identityOf({ regarding, type, reason, action, note }: Happening): string {
  return JSON.stringify([regarding.metadata.uid, type, reason, action ?? reason, note]);
}

/** Who reports. */
export interface Reporter {
  /** A qualified name, such as "example.com/controller". */
  readonly controller: string;
  /** One of its processes, such as the pod's name; at most 128 characters. */
  readonly instance: string;
}

/** The Event object for a happening; Events of cluster-scoped objects live in the namespace "default". */
export function buildEvent(
  { regarding, type, reason, action, note }: Happening,
  { controller, instance }: Reporter,
  micros: number,
): Omit<KubeEvent, "metadata"> & { readonly metadata: { readonly name: string; readonly namespace: string } } {
  const { name, namespace, uid } = regarding.metadata;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: eventName(name, micros), namespace: namespace ?? "default" },
    eventTime: formatMicros(micros),
    reportingController: controller,
    reportingInstance: instance.slice(0, WORD_LIMIT),
    action: (action ?? reason).slice(0, WORD_LIMIT),
    reason: reason.slice(0, WORD_LIMIT),
    regarding: {
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      uid,
      ...(namespace !== undefined && { namespace }),
    },
    note: cutToBytes(note, NOTE_LIMIT),
    type,
  };
}
