import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { type ControllerMetrics, controllerMetrics } from "./metrics/controller.ts";
import { type EventMetrics, eventMetrics } from "./metrics/events.ts";
import { type QueueGauges, type QueueMetrics, queueMetrics } from "./metrics/queue.ts";
import { type ReflectorMetrics, reflectorMetrics } from "./metrics/reflector.ts";
import { type RestMetrics, restMetrics } from "./metrics/rest.ts";

/** All metrics of the kit, in one registry. Labels never carry names of people or of objects. */
export interface Metrics {
  readonly registry: Registry;
  readonly rest: RestMetrics;
  /** Begins to follow a work queue. */
  queue(name: string, gauges: QueueGauges): QueueMetrics;
  /** Begins to follow a controller. */
  controller(name: string, concurrency: number): ControllerMetrics;
  /** Begins to follow a reflector. */
  reflector(name: string): ReflectorMetrics;
  readonly events: EventMetrics;
  /** 1 while this process leads, as client-go's leader_election_master_status. */
  leading(name: string, leads: boolean): void;
  /** A rejection that nobody handled. */
  unhandled(): void;
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
