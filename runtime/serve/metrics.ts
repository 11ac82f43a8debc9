import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { FrameCounter, FrameOutcome } from "./camera/camera.ts";
import type { PostCounts } from "./post.ts";

/** What the metrics are read from when they are scraped. */
export interface Sources {
  events: () => PostCounts;
  swaps: () => number;
}

/** The runtime's own metrics. No label names a person, a track or an expression. */
export interface RuntimeMetrics {
  /** Counts the frames of a camera. */
  camera(name: string): FrameCounter;
}

const outcomes: readonly FrameOutcome[] = ["seen", "dropped", "unreadable", "noModel", "failed"];
/** Ends of a frame that would be a swap's fault if one came in between. */
const losses: ReadonlySet<FrameOutcome> = new Set<FrameOutcome>(["noModel", "failed"]);

export function createRuntimeMetrics(registry: Registry, { events, swaps }: Sources): RuntimeMetrics {
  readEvents(registry, events);
  readSwaps(registry, swaps);
  const { taken, ended, lost, duration, inference } = frameMetrics(registry);
  return {
    camera(camera) {
      taken.inc({ camera }, 0);
      lost.inc({ camera, reason: "swap" }, 0);
      for (const outcome of outcomes) ended.inc({ camera, outcome }, 0);
      return {
        taken: () => taken.inc({ camera }),
        ended({ outcome, milliseconds, swapped, analysis }) {
          ended.inc({ camera, outcome });
          if (swapped && losses.has(outcome)) lost.inc({ camera, reason: "swap" });
          if (outcome === "seen") duration.observe({ camera }, milliseconds / 1000);
          for (const { network, milliseconds: spent } of analysis?.timings ?? []) {
            inference.observe({ network }, spent / 1000);
          }
        },
      };
    },
  };
}

function frameMetrics(registry: Registry) {
  const registers = [registry];
  return {
    taken: new Counter({
      name: "facefleet_frames_taken_total",
      help: "Frames taken from cameras. Each has one end: this less facefleet_frames_total is what is being looked at.",
      labelNames: ["camera"],
      registers,
    }),
    ended: new Counter({
      name: "facefleet_frames_total",
      help: "Frames by what came of them: seen, dropped (a newer one came first), unreadable, noModel, failed.",
      labelNames: ["camera", "outcome"],
      registers,
    }),
    lost: new Counter({
      name: "facefleet_frames_lost_total",
      help: "Frames that nothing looked at, of those during which another revision took over (reason swap).",
      labelNames: ["camera", "reason"],
      registers,
    }),
    duration: new Histogram({
      name: "facefleet_frame_seconds",
      help: "A frame's way from its arrival to its events.",
      labelNames: ["camera"],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
      registers,
    }),
    inference: new Histogram({
      name: "facefleet_inference_seconds",
      help: "Inferences of one network for one frame, on the slot that drives events.",
      labelNames: ["network"],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
      registers,
    }),
  };
}

function readEvents(registry: Registry, read: Sources["events"]): void {
  new Counter({
    name: "facefleet_events_total",
    help: "Events by what came of them: accepted (on disk), delivered, overflowed, refused, all kept over restarts; unwritten.",
    labelNames: ["outcome"],
    registers: [registry],
    collect() {
      this.reset();
      const { pending: _, ...counts } = read();
      for (const [outcome, count] of Object.entries(counts)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: "facefleet_events_pending",
    help: "Events accepted but not delivered.",
    registers: [registry],
    collect() {
      this.set(read().pending);
    },
  });
}

function readSwaps(registry: Registry, read: Sources["swaps"]): void {
  new Counter({
    name: "facefleet_swaps_total",
    help: "Times that another revision took over.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
