import type { OwnerReference } from "../../../crds/kind.ts";
import type { Action, Desired, DesiredStatus, Target } from "../action.ts";
import { canonicalJson } from "../canonical.ts";
import { timestamp } from "../duration.ts";

/** Any object as the store keeps it. */
export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    generation: number;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: OwnerReference[];
  };
  spec?: unknown;
  data?: unknown;
  status?: unknown;
  /** Of a ControllerRevision: its sequence number. */
  revision?: number;
}

/** Fields that an API server refuses to change. */
const IMMUTABLE: Record<string, "spec" | "data"> = {
  EngineBuild: "spec",
  ControllerRevision: "data",
  ConfigMap: "data",
  Job: "spec",
};

/** What of the API server a plan can notice: uids, generations, immutability, preconditions, owners. */
export class Store {
  readonly objects = new Map<string, Stored>();
  #uids = 0;
  #versions = 0;

  list(kind: string): Stored[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  get(kind: string, name: string): Stored | undefined {
    return this.objects.get(`${kind}/${name}`);
  }

  /** Creates or changes an object as server-side apply by one manager does. */
  apply(desired: Desired, now: number): Stored {
    const { kind, metadata } = desired;
    const content = JSON.parse(JSON.stringify(desired)) as Stored;
    const before = this.get(kind, metadata.name);
    const immutable = IMMUTABLE[kind];
    if (before && immutable && canonicalJson(before[immutable]) !== canonicalJson(content[immutable])) {
      throw new Error(`${kind} ${metadata.name}: ${immutable} is immutable`);
    }
    const isSame = before !== undefined && canonicalJson(before.spec) === canonicalJson(content.spec);
    const stored: Stored = {
      ...content,
      metadata: {
        ...content.metadata,
        uid: before?.metadata.uid ?? `uid-${(this.#uids += 1)}`,
        resourceVersion: String((this.#versions += 1)),
        generation: (before?.metadata.generation ?? 0) + (isSame ? 0 : 1),
        creationTimestamp: before?.metadata.creationTimestamp ?? timestamp(now),
      },
      ...(before?.status !== undefined && { status: before.status }),
    };
    this.objects.set(`${kind}/${metadata.name}`, stored);
    return stored;
  }

  applyStatus({ kind, metadata, status }: DesiredStatus): void {
    const object = this.get(kind, metadata.name);
    if (object === undefined) throw new Error(`${kind} ${metadata.name} is not found`);
    if (object.metadata.uid !== metadata.uid) throw new Error(`${kind} ${metadata.name} has another uid`);
    this.objects.set(`${kind}/${metadata.name}`, { ...object, status: JSON.parse(JSON.stringify(status)) as unknown });
  }

  /** Deletes an object and, as the garbage collector would, all that has no owner left. */
  delete({ kind, name, uid }: Pick<Target, "kind" | "name" | "uid">): void {
    if (this.get(kind, name)?.metadata.uid !== uid) return;
    this.objects.delete(`${kind}/${name}`);
    for (const object of [...this.objects.values()]) {
      const owners = object.metadata.ownerReferences ?? [];
      if (owners.some((owner) => owner.uid === uid) && !owners.some(({ kind, name }) => this.get(kind, name))) {
        this.delete({ kind: object.kind, name: object.metadata.name, uid: object.metadata.uid });
      }
    }
  }

  /** Carries out one action. */
  execute(action: Action, now: number): void {
    if (action.type === "Apply") this.apply(action.object, now);
    if (action.type === "ApplyStatus") this.applyStatus(action.object);
    if (action.type === "Delete") this.delete(action.target);
  }
}
