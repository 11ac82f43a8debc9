import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { REQUEST_BUCKETS } from "./buckets.ts";

/** Durations of reconciles, in seconds: the buckets of controller-runtime. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** How a reconcile ended: the values of the `result` label of controller-runtime. */
export type ReconcileResult = "success" | "error" | "requeue" | "requeue_after";

/** Follows one controller. */
export interface ControllerMetrics {
  /** A reconcile began (1) or ended (-1). */
  active(change: 1 | -1): void;
  /** A reconcile ended. @param seconds How long it took. */
  reconciled(result: ReconcileResult, seconds: number): void;
  /** It failed for good. */
  terminal(): void;
  /** It met a defect of the program. */
  panicked(): void;
  /** It ran out of time. */
  timedOut(): void;
  /** It began because of an event. @param seconds From the arrival of a watch event to the start of the reconcile that it caused. */
  reacted(seconds: number): void;
}

/** Makes the metrics of controllers, under controller-runtime's names; one controller's for each name asked for. */
export function controllerMetrics(registry: Registry): (name: string, concurrency: number) => ControllerMetrics {
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
