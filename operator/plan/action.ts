/** An object as the operator wants it, to be applied whole. */
export interface Desired {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
}

/** A status as the operator wants it; everything else of the object stays as it is. */
export interface DesiredStatus {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly status: object;
}

/** One object, and no namesake that came after it. */
export interface Target {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** Precondition: an object of that name with another uid is left alone. */
  readonly uid: string;
}

/** Something to be done. */
export type Deed = (
  | { readonly type: "ApplyStatus"; readonly object: DesiredStatus }
  | { readonly type: "Apply"; readonly object: Desired }
  /** With propagation Background: what the object owns goes too. */
  | { readonly type: "Delete"; readonly target: Target }
  | {
      readonly type: "Event";
      readonly regarding: Target;
      readonly severity: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    }
) & {
  /** The node whose own affair it is; absent for what concerns the whole model. */
  readonly node?: string;
};

/**
 * What the operator does next. An action without a node waits for all before it, all after it wait for it, and when it
 * fails nothing more is done. Those of one node are done in their order up to the first that fails, which is no other
 * node's trouble. Whatever part was done, the next plan comes to the same end.
 */
export type Action =
  | Deed
  /** Plan again after so many milliseconds, at the latest. At most one, the last. */
  | { readonly type: "Requeue"; readonly after: number };

/** The actions as one node's own affair. */
export function ofNode(node: string, actions: readonly Action[]): Action[] {
  return actions.map((action) => (action.type === "Requeue" ? action : { ...action, node }));
}

/** What of an object an Event or a deletion needs to know. */
interface Known {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
}

/** The target for an object that exists. */
export function targetOf({ apiVersion, kind, metadata: { name, namespace = "", uid } }: Known): Target {
  return { apiVersion, kind, name, namespace, uid };
}

/** Requests the next plan at the earliest of several times; none at all when there is none. Times in milliseconds. */
export function requeueAt(times: readonly number[], now: number): Action[] {
  const future = times.filter((time) => time > now);
  return future.length === 0 ? [] : [{ type: "Requeue", after: Math.min(...future) - now }];
}
