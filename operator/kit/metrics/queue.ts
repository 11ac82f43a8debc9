import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Durations in work queues, in seconds: the decades of controller-runtime, with the step at one second halved. */
const QUEUE_BUCKETS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1, 10, 100, 1000];

/** Follows one work queue. */
export interface QueueMetrics {
  /** A key was added that was not waiting yet. */
  added(): void;
  /** A key failed and will be tried again. */
  retried(): void;
  /** A key was taken. @param seconds How long it had been waiting. */
  started(seconds: number): void;
  /** A key was done with. @param seconds How long the work took. */
  finished(seconds: number): void;
}

/** What a work queue can be asked when it is scraped. */
export interface QueueGauges {
  /** How many keys wait. */
  depth(): number;
  /** Seconds since each piece of work under way began. */
  running(): readonly number[];
}

/** Makes the metrics of work queues, under client-go's names; one queue's for each name asked for. */
export function queueMetrics(registry: Registry): (name: string, gauges: QueueGauges) => QueueMetrics {
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
