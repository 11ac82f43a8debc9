import { createLogUpdate } from "log-update";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import { fleet, namespace, type Stage } from "./stage.ts";
import { modelName } from "./story.ts";
import type { ClusterEvent } from "./world.ts";

/** Shows what happens: lines that stay, and below them a table that is drawn anew. */
export interface Screen extends Disposable {
  /** Writes a line that stays. */
  say(line: string): void;
  /** Shows the cluster from now on. */
  show(stage: Stage): void;
  /** Writes the Events that have come and were not written yet. */
  catchUp(): void;
}

const interval = 500;

/** On a terminal the table is live; elsewhere only the lines are written. */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const isLive = stream.isTTY;
  const table = createLogUpdate(stream);
  const told = new Set<string>();
  let stage: Stage | undefined;
  const stops: (() => void)[] = [];

  function draw(): void {
    if (stage === undefined) return;
    screen.catchUp();
    if (isLive) table(describeCluster(stage));
  }

  function tell(event: ClusterEvent): void {
    if (told.has(event.metadata.uid) || !event.regarding?.kind?.startsWith("Face")) return;
    told.add(event.metadata.uid);
    screen.say(`  ${event.reason ?? ""}: ${event.note ?? ""}`);
  }

  const screen: Screen = {
    say(line) {
      if (isLive) table.clear();
      stream.write(`${line}\n`);
      if (isLive && stage !== undefined) table(describeCluster(stage));
    },
    show(shown) {
      stage = shown;
      const timer = setInterval(draw, interval);
      stops.push(() => clearInterval(timer));
    },
    catchUp() {
      for (const event of stage?.view.events.cache.list().toSorted(byTime) ?? []) tell(event);
    },
    [Symbol.dispose]() {
      for (const stop of stops) stop();
      if (isLive) table.clear();
    },
  };
  return screen;
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  return (a.eventTime ?? "").localeCompare(b.eventTime ?? "");
}

const columns = ["NODE", "DEVICE", "ACTIVE", "STANDBY", "TRIAL", "EVIDENCE", "FPS"] as const;

/** Nodes, slots, evidence and events, as a table. */
export function describeCluster({ view, hub }: Stage): string {
  const model = view.models.cache.get(`${namespace}/${modelName}`)?.status;
  const rows = fleet.map(({ name, device }) => [
    name,
    device,
    ...cells(view.runtimes.cache.get(`${namespace}/${name}`)),
  ]);
  const widths = columns.map((title, index) => Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd();
  const waves = (model?.waves ?? [])
    .map(({ name, state, done, nodes }) => `${name} ${state} ${done}/${nodes}`)
    .join(", ");
  const latest = hub.events.at(-1)?.data;
  const who =
    latest &&
    `${latest.camera}: ${latest.identity?.person ?? "unknown"}${latest.expression ? `, ${latest.expression.label}` : ""}`;
  return [
    "",
    `FaceModel ${modelName}: ${model?.state ?? "-"}${waves === "" ? "" : ` (${waves})`}`,
    line(columns),
    ...rows.map(line),
    `Events: ${hub.events.length}${who === undefined ? "" : `, last from ${who}`}`,
  ].join("\n");
}

function cells(runtime: NodeRuntime | undefined): string[] {
  const { slots, trial, rates } = runtime?.status ?? {};
  const measured = trial?.evidence[0]?.measurement;
  const evidence = measured && `${measured.metric} ${measured.value ?? "?"} n=${measured.n}`;
  const slot = (each: { revision: string; state: string } | undefined) =>
    each === undefined ? "-" : `${each.revision}${each.state === "Ready" ? "" : ` ${each.state}`}`;
  const phase = runtime?.spec.trial?.phase;
  return [
    slot(slots?.active),
    slot(slots?.standby),
    phase === undefined ? "-" : `${phase} ${trial?.verdict ?? ""}`,
    evidence ?? "-",
    rates?.framesPerSecond ?? "-",
  ];
}
