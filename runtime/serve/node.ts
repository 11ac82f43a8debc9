import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import type { Random } from "../../operator/kit/backoff.ts";
import type { Clock } from "../../operator/kit/clock.ts";
import type { Logger } from "../../operator/kit/log.ts";
import type { Metrics } from "../../operator/kit/metrics.ts";
import type { Store } from "../engine/store.ts";
import { sources } from "../pipeline/source/source.ts";
import { Camera, type FrameCounter } from "./camera/camera.ts";
import { createRuntimeMetrics } from "./metrics.ts";
import { Post } from "./post.ts";
import { Rates } from "./rates.ts";
import { writeStatus } from "./report.ts";
import type { MountedSecrets } from "./secrets.ts";
import { openGallery, openSlot } from "./slot/open.ts";
import { readState, stateFile, StateWriter } from "./state.ts";
import { Supervisor } from "./supervisor.ts";
import { readProbes } from "./trial/probes.ts";

export interface NodeOptions {
  node: string;
  namespace: string;
  store: Store;
  secrets: MountedSecrets;
  metrics: Metrics;
  /** Milliseconds in which events may still be delivered when it ends. */
  drainTime: number;
  runtimeVersion: string;
  /** Something is worth a look at the status. */
  onChange: () => void;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** A node at work. Disposing ends all tracks, delivers what it can and keeps what the next run needs. */
export interface RunningNode extends AsyncDisposable {
  readonly supervisor: Supervisor;
  /** What is to be reported; `written` is the status that the API server has. */
  status(written: NodeRuntimeStatus | undefined): NodeRuntimeStatus;
}

/** Starts all of a node but its tie to the API server, with what its last run left. @throws Error for a disk that fails. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { store, secrets, metrics, onChange, runtimeVersion, clock, random, log } = options;
  await using parts = new AsyncDisposableStack();
  const file = stateFile(store, options.node);
  const past = await readState(file, log);
  const writer = parts.use(new StateWriter(file, past, { store, log }));
  const post = parts.use(await openPost(options));
  const rates = new Rates();
  const counters = createRuntimeMetrics(metrics.registry, {
    events: () => post.counts,
    swaps: () => supervisor.slots.swaps,
  });
  const supervisor: Supervisor = parts.use(
    new Supervisor(
      {
        openSlot: (revision, galleries, signal) => openSlot(revision, galleries, { store, secrets, signal }),
        openGallery: (gallery, slot, signal) => openGallery(gallery, slot, { store, secrets, signal }),
        readProbes: (trial, galleries, signal) => readProbes(trial, galleries, store, signal),
        openCamera: (spec, context) =>
          new Camera({
            ...context,
            spec,
            source: sources[spec.source.type],
            credentials: () => secrets.credentials(spec.name),
            tell: (occurrences) => post.send(spec.sinks, occurrences),
            frames: counting(counters.camera(spec.name), rates, clock),
            newTrackId: randomUUID,
            clock,
            log,
          }),
        remember: (state) => writer.write(state),
        onChange,
        clock,
        random,
        log,
      },
      past,
    ),
  );
  const running = parts.move();
  return {
    supervisor,
    status: (written) =>
      writeStatus({ ...supervisor.facts, rates: rates.at(clock.monotonic()), runtimeVersion }, written, clock.now()),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openPost({ store, namespace, node, drainTime, random, log }: NodeOptions): Promise<Post> {
  const folder = join(store.root, "events");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new Post({ file: join(folder, `${node}.db`), origin: { namespace, node }, drainTime, random, log });
}

function counting(counter: FrameCounter, rates: Rates, clock: Clock): FrameCounter {
  return {
    taken: () => counter.taken(),
    ended(end) {
      counter.ended(end);
      rates.add({ ...end, time: clock.monotonic() });
    },
  };
}
