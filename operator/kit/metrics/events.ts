import { Counter, type Registry } from "prom-client";

/** Follows the recorder of Events. */
export interface EventMetrics {
  /** An Event was written. */
  written(verb: "create" | "patch"): void;
  /** An Event was given up: its object is too noisy, the server was away for too long, or it refused. */
  dropped(reason: "rate" | "buffer" | "refused"): void;
}

/** Makes the metrics of a recorder of Events. */
export function eventMetrics(registry: Registry): EventMetrics {
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
