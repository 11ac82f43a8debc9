import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { OutboxCounts } from "../events/outbox.ts";
import type { FrameOutcome } from "./camera/camera.ts";

/** What the metrics are read from when they are scraped. */
export interface Sources {
  outbox: () => OutboxCounts & { depth: number };
  swaps: () => number;
}

/** The runtime's own metrics. No label names a person, a track or an expression. */
export interface RuntimeMetrics {
  frame(camera: string, outcome: FrameOutcome, milliseconds: number): void;
  network(network: string, milliseconds: number): void;
}

export function createRuntimeMetrics(registry: Registry, { outbox, swaps }: Sources): RuntimeMetrics {
  const registers = [registry];
  const frames = new Counter({
    name: "facefleet_frames_total",
    help: "Frames by what came of them: seen, dropped (a newer one came first), unreadable, noModel, failed.",
    labelNames: ["camera", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "facefleet_frame_seconds",
    help: "A frame's way from its arrival to its events.",
    labelNames: ["camera"],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  });
  const inference = new Histogram({
    name: "facefleet_inference_seconds",
    help: "Inferences of one network for one frame, on the slot that drives events.",
    labelNames: ["network"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
    registers,
  });
  new Counter({
    name: "facefleet_events_total",
    help: "Events by outcome: accepted (on disk), delivered, overflowed, refused; kept over restarts.",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      const { accepted, delivered, overflowed, refused } = outbox();
      for (const [outcome, count] of Object.entries({ accepted, delivered, overflowed, refused }))
        this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: "facefleet_events_pending",
    help: "Events accepted but not delivered.",
    registers,
    collect() {
      this.set(outbox().depth);
    },
  });
  new Counter({
    name: "facefleet_swaps_total",
    help: "Times that another revision took over.",
    registers,
    collect() {
      this.reset();
      this.inc(swaps());
    },
  });
  return {
    frame(camera, outcome, milliseconds) {
      frames.inc({ camera, outcome });
      if (outcome === "seen") duration.observe({ camera }, milliseconds / 1000);
    },
    network: (network, milliseconds) => inference.observe({ network }, milliseconds / 1000),
  };
}
