import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { REQUEST_BUCKETS } from "./buckets.ts";

/** Follows one reflector. */
export interface ReflectorMetrics {
  /** A list was read. @param seconds How long that took. */
  listed(seconds: number, items: number): void;
  /** A list was not. @param reason The kind of the error. */
  listFailed(reason: string): void;
  /** A watch ended. @param reason The kind of the error, or "Ended" when the server ended it in good order. */
  watchEnded(reason: string): void;
  /** An object could not be read. */
  skipped(): void;
}

/** Makes the metrics of reflectors; one reflector's for each name asked for. */
export function reflectorMetrics(registry: Registry): (name: string) => ReflectorMetrics {
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
