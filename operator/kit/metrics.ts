import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Durations of reconciles, in seconds: the buckets of controller-runtime. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Durations in work queues, in seconds: the decades of controller-runtime, with the step at one second halved. */
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1, 10, 100, 1000];
/** Durations of requests and lists, in seconds. */
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How a reconcile ended: the values of the `result` label of controller-runtime. */
export type ReconcileResult = "success" | "error" | "requeue" | "requeue_after";

/** Counts requests to the API server. */
export interface RestMetrics {
  /** @param code HTTP status code, or "<error>" for no answer. @param seconds Time to the head of the answer. */
  observe(method: string, code: string, seconds: number): void;
}

/** Follows one work queue. */
export interface QueueMetrics {
  added(): void;
  retried(): void;
  /** @param seconds How long the key had been waiting. */
  started(seconds: number): void;
  /** @param seconds How long the work took. */
  finished(seconds: number): void;
}

/** What a work queue can be asked when it is scraped. */
export interface QueueGauges {
  depth(): number;
  /** Seconds since each piece of work under way began. */
  running(): readonly number[];
}

/** Follows one controller. */
export interface ControllerMetrics {
  active(change: 1 | -1): void;
  /** @param seconds How long the reconcile took. */
  reconciled(result: ReconcileResult, seconds: number): void;
  terminal(): void;
  panicked(): void;
  timedOut(): void;
  /** @param seconds From the arrival of a watch event to the start of the reconcile that it caused. */
  reacted(seconds: number): void;
}

/** Follows one reflector. */
export interface ReflectorMetrics {
  listed(seconds: number, items: number): void;
  listFailed(reason: string): void;
  watchEnded(reason: string): void;
  skipped(): void;
}

/** Follows the recorder of Events. */
export interface EventMetrics {
  written(verb: "create" | "patch"): void;
  dropped(reason: "rate" | "buffer" | "refused"): void;
}

/** All metrics of the kit, in one registry. Labels never carry names of people or of objects. */
export interface Metrics {
  readonly registry: Registry;
  readonly rest: RestMetrics;
  queue(name: string, gauges: QueueGauges): QueueMetrics;
  controller(name: string, concurrency: number): ControllerMetrics;
  reflector(name: string): ReflectorMetrics;
  readonly events: EventMetrics;
  /** 1 while this process leads, as client-go's leader_election_master_status. */
  leading(name: string, leads: boolean): void;
  /** A rejection that nobody handled. */
  unhandled(): void;
}

function restMetrics(registry: Registry): RestMetrics {
  const registers = [registry];
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code and method.",
    labelNames: ["code", "method"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Request latency in seconds to the head of the answer, partitioned by method.",
    labelNames: ["method"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  return {
    observe(method, code, seconds) {
      total.inc({ code, method });
      if (code !== "<error>") duration.observe({ method }, seconds);
    },
  };
}

function queueMetrics(registry: Registry): Metrics["queue"] {
  const registers = [registry];
  const labelNames = ["name", "controller"] as const;
  const queues = new Map<string, QueueGauges>();
  const gauge = (name: string, help: string, read: (gauges: QueueGauges) => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [queue, gauges] of queues) this.set({ name: queue, controller: queue }, read(gauges));
      },
    });
  gauge("workqueue_depth", "Current depth of workqueue.", (queue) => queue.depth());
  gauge("workqueue_unfinished_work_seconds", "Seconds of work in progress that work_duration has not seen.", (queue) =>
    queue.running().reduce((sum, seconds) => sum + seconds, 0),
  );
  gauge("workqueue_longest_running_processor_seconds", "Seconds that the longest running work has taken.", (queue) =>
    Math.max(0, ...queue.running()),
  );
  const counter = (name: string, help: string): Counter => new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, labelNames, buckets: QUEUE_BUCKETS, registers });
  const adds = counter("workqueue_adds_total", "Total number of adds handled by workqueue.");
  const retries = counter("workqueue_retries_total", "Total number of retries handled by workqueue.");
  const waited = histogram(
    "workqueue_queue_duration_seconds",
    "Seconds an item stays in workqueue before it is taken.",
  );
  const worked = histogram("workqueue_work_duration_seconds", "Seconds processing an item from workqueue takes.");
  return (name, gauges) => {
    const labels = { name, controller: name };
    queues.set(name, gauges);
    return {
      added: () => adds.inc(labels),
      retried: () => retries.inc(labels),
      started: (seconds) => waited.observe(labels, seconds),
      finished: (seconds) => worked.observe(labels, seconds),
    };
  };
}

function controllerMetrics(registry: Registry): Metrics["controller"] {
  const registers = [registry];
  const labelNames = ["controller"] as const;
  const prefix = "controller_runtime";
  const counter = (name: string, help: string): Counter => new Counter({ name, help, labelNames, registers });
  const total = new Counter({
    name: `${prefix}_reconcile_total`,
    help: "Total number of reconciliations per controller.",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = counter(`${prefix}_reconcile_errors_total`, "Total number of reconciliation errors.");
  const terminal = counter(`${prefix}_terminal_reconcile_errors_total`, "Total number of terminal errors.");
  const panics = counter(`${prefix}_reconcile_panics_total`, "Total number of panics in reconciles.");
  const timeouts = counter(`${prefix}_reconcile_timeouts_total`, "Total number of reconciles that ran out of time.");
  const time = new Histogram({
    name: `${prefix}_reconcile_time_seconds`,
    help: "Length of time per reconciliation per controller.",
    labelNames,
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  const active = new Gauge({ name: `${prefix}_active_workers`, help: "Workers in use.", labelNames, registers });
  const most = new Gauge({
    name: `${prefix}_max_concurrent_reconciles`,
    help: "Maximum number of concurrent reconciles per controller.",
    labelNames,
    registers,
  });
  const reaction = new Histogram({
    name: "kit_event_to_reconcile_seconds",
    help: "From the arrival of a watch event to the start of the reconcile that it caused.",
    labelNames,
    buckets: REQUEST_BUCKETS,
    registers,
  });
  return (controller, concurrency) => {
    for (const result of ["success", "error", "requeue", "requeue_after"]) total.inc({ controller, result }, 0);
    for (const metric of [errors, terminal, panics, timeouts]) metric.inc({ controller }, 0);
    most.set({ controller }, concurrency);
    active.set({ controller }, 0);
    return {
      active: (change) => active.inc({ controller }, change),
      reconciled(result, seconds) {
        total.inc({ controller, result });
        if (result === "error") errors.inc({ controller });
        time.observe({ controller }, seconds);
      },
      terminal: () => terminal.inc({ controller }),
      panicked: () => panics.inc({ controller }),
      timedOut: () => timeouts.inc({ controller }),
      reacted: (seconds) => reaction.observe({ controller }, seconds),
    };
  };
}

function reflectorMetrics(registry: Registry): Metrics["reflector"] {
  const registers = [registry];
  const lists = new Histogram({
    name: "reflector_list_duration_seconds",
    help: "How long an API list takes to return and decode for the reflectors.",
    labelNames: ["name"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const items = new Gauge({
    name: "reflector_items",
    help: "How many items the last list of the reflector returned.",
    labelNames: ["name"],
    registers,
  });
  const failures = new Counter({
    name: "reflector_list_failures_total",
    help: "Lists that failed, by reason.",
    labelNames: ["name", "reason"],
    registers,
  });
  const watches = new Counter({
    name: "reflector_watches_ended_total",
    help: "Watches that ended, by reason.",
    labelNames: ["name", "reason"],
    registers,
  });
  const skipped = new Counter({
    name: "reflector_skipped_objects_total",
    help: "Objects that could not be read.",
    labelNames: ["name"],
    registers,
  });
  return (name) => ({
    listed(seconds, count) {
      lists.observe({ name }, seconds);
      items.set({ name }, count);
    },
    listFailed: (reason) => failures.inc({ name, reason }),
    watchEnded: (reason) => watches.inc({ name, reason }),
    skipped: () => skipped.inc({ name }),
  });
}

function eventMetrics(registry: Registry): EventMetrics {
  const registers = [registry];
  const written = new Counter({
    name: "kit_events_written_total",
    help: "Kubernetes Events written, by verb.",
    labelNames: ["verb"],
    registers,
  });
  const dropped = new Counter({
    name: "kit_events_dropped_total",
    help: "Kubernetes Events given up, by reason.",
    labelNames: ["reason"],
    registers,
  });
  return { written: (verb) => written.inc({ verb }), dropped: (reason) => dropped.inc({ reason }) };
}

/**
 * The metrics of one process: those of controller-runtime, client-go's work queues and REST client under their own
 * names, so that existing dashboards and alerts work, and the kit's own under `kit_` and `reflector_`.
 *
 * @param registry Where they are registered; one registry takes them once.
 */
export function createMetrics(registry: Registry = new Registry()): Metrics {
  const registers = [registry];
  const leader = new Gauge({
    name: "leader_election_master_status",
    help: "1 while this process leads.",
    labelNames: ["name"],
    registers,
  });
  const unhandled = new Counter({
    name: "kit_unhandled_rejections_total",
    help: "Rejections nobody handled.",
    registers,
  });
  return {
    registry,
    rest: restMetrics(registry),
    queue: queueMetrics(registry),
    controller: controllerMetrics(registry),
    reflector: reflectorMetrics(registry),
    events: eventMetrics(registry),
    leading: (name, leads) => leader.set({ name }, leads ? 1 : 0),
    unhandled: () => unhandled.inc(),
  };
}

/** Adds the metrics of the Node process: memory, CPU, garbage collection, event-loop lag. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}
