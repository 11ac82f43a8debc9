/** metav1.Condition. */
export interface Condition {
  /** CamelCase. */
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** CamelCase, for programs. */
  readonly reason: string;
  /** For people; at most 32,768 characters. */
  readonly message: string;
  /** The metadata.generation that the condition was set upon. */
  readonly observedGeneration?: number;
  /** RFC 3339; when `status` last changed. */
  readonly lastTransitionTime: string;
}

/** A condition as somebody wants it; times are kept by {@link setCondition}. */
export type DesiredCondition = Omit<Condition, "lastTransitionTime">;

/** What is said of an object as a whole. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
  /** metadata.generation of the spec that was looked at. */
  readonly generation: number;
}

/** The longest message that the API server takes, in characters. */
const MESSAGE_LIMIT = 32_768;

/** kstatus' own come first, then the others by name: the same conditions always read the same. */
const FIRST: readonly string[] = ["Ready", "Reconciling", "Stalled"];

function place(type: string): string {
  const index = FIRST.indexOf(type);
  return index < 0 ? `~${type}` : String(index);
}

function stamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The condition of a type, if there is one. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of a type is there and True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/**
 * Whether an object is ready, and says so of the spec it has now: what `kubectl wait`, Flux and Argo CD wait for.
 *
 * @param generation metadata.generation.
 */
export function isReady(conditions: readonly Condition[] | undefined, generation: number): boolean {
  const ready = findCondition(conditions, "Ready");
  return ready?.status === "True" && (ready.observedGeneration ?? generation) >= generation;
}

/**
 * Sets one condition. Its lastTransitionTime changes only when its status does, so setting it again is no change.
 *
 * @param now Milliseconds since the Unix epoch.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  desired: DesiredCondition,
  now: number,
): Condition[] {
  const before = findCondition(conditions, desired.type);
  const lastTransitionTime = before?.status === desired.status ? before.lastTransitionTime : stamp(now);
  const message = desired.message.slice(0, MESSAGE_LIMIT);
  const rest = removeCondition(conditions, desired.type);
  return [...rest, { ...desired, message, lastTransitionTime }].sort((a, b) =>
    place(a.type) < place(b.type) ? -1 : 1,
  );
}

/** The conditions without that of a type. */
export function removeCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

function withTrio(
  conditions: readonly Condition[] | undefined,
  trio: Readonly<Record<"Ready", Condition["status"]> & Partial<Record<"Reconciling" | "Stalled", "True">>>,
  { reason, message, generation }: Verdict,
  now: number,
): Condition[] {
  return FIRST.reduce<Condition[]>(
    (set, type) => {
      const status = trio[type as keyof typeof trio];
      if (status === undefined) return removeCondition(set, type);
      return setCondition(set, { type, status, reason, message, observedGeneration: generation }, now);
    },
    [...(conditions ?? [])],
  );
}

/** All is as the spec asks: Ready is True, Reconciling and Stalled are gone (kstatus "Current"). */
export function markReady(conditions: readonly Condition[] | undefined, verdict: Verdict, now: number): Condition[] {
  return withTrio(conditions, { Ready: "True" }, verdict, now);
}

/**
 * Work is under way: Reconciling is True, Stalled is gone (kstatus "InProgress").
 *
 * @param ready What to say meanwhile; "Unknown", as Flux does, unless something is known.
 */
export function markReconciling(
  conditions: readonly Condition[] | undefined,
  verdict: Verdict,
  now: number,
  ready: "False" | "Unknown" = "Unknown",
): Condition[] {
  return withTrio(conditions, { Ready: ready, Reconciling: "True" }, verdict, now);
}

/** Nothing more will happen until somebody acts: Stalled is True, Ready is False (kstatus "Failed"). */
export function markStalled(conditions: readonly Condition[] | undefined, verdict: Verdict, now: number): Condition[] {
  return withTrio(conditions, { Ready: "False", Stalled: "True" }, verdict, now);
}

/** Not ready, and neither working on it nor stuck: suspended, or waiting for somebody else. */
export function markNotReady(conditions: readonly Condition[] | undefined, verdict: Verdict, now: number): Condition[] {
  return withTrio(conditions, { Ready: "False" }, verdict, now);
}
