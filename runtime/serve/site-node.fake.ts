import { join } from "node:path";
import { systemClock } from "../../operator/kit/clock.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { createMetrics, type Metrics } from "../../operator/kit/metrics.ts";
import { startNode, type RunningNode } from "./node.ts";
import { MountedSecrets } from "./secrets.ts";
import { specOf, type Site, type SpecParts } from "./site.fake.ts";
import type { Facts } from "./report.ts";

const outcomes = ["seen", "dropped", "unreadable", "noModel", "failed"];
let generation = 0;

/** A node at work on a site. */
export class SiteNode implements AsyncDisposable {
  readonly #node: RunningNode;
  readonly #metrics: Metrics;

  private constructor(node: RunningNode, metrics: Metrics) {
    [this.#node, this.#metrics] = [node, metrics];
  }

  /** Starts the node with what its last run left on the site's disk. */
  static async start(site: Site, onChange: () => void = () => undefined): Promise<SiteNode> {
    const metrics = createMetrics();
    const node = await startNode({
      node: "orin-1",
      namespace: "doors",
      store: site.store,
      secrets: new MountedSecrets(join(site.folder, "secrets")),
      metrics,
      drainTime: 5_000,
      runtimeVersion: "test",
      onChange,
      clock: systemClock,
      random: Math.random,
      log: createLogger({ name: "test", level: "silent" }),
    });
    return new SiteNode(node, metrics);
  }

  get supervisor(): RunningNode["supervisor"] {
    return this.#node.supervisor;
  }

  status: RunningNode["status"] = (written) => this.#node.status(written);

  /** Says what is wanted, as a new generation of the NodeRuntime. */
  want(parts: SpecParts): void {
    this.supervisor.want({ uid: "uid-1", generation: (generation += 1), spec: specOf(parts) });
  }

  get facts(): Omit<Facts, "rates" | "runtimeVersion"> {
    return this.supervisor.facts;
  }

  /** Whether a revision drives events. */
  isReady(revision: string): boolean {
    const { active } = this.facts.slots;
    return active?.revision === revision && active.state === "Ready";
  }

  /** Observations of the first check of the trial. */
  get shown(): number {
    return this.facts.trial?.evidence[0]?.measurement.n ?? 0;
  }

  /** Frames of the entrance by what came of them. */
  async frames(): Promise<Record<string, number>> {
    const metrics = await this.metrics();
    const series = (outcome: string) => `facefleet_frames_total{camera="entrance",outcome="${outcome}"}`;
    return Object.fromEntries(outcomes.map((outcome) => [outcome, metrics[series(outcome)] ?? 0]));
  }

  /** Each metric by its name and labels as they are written out. */
  async metrics(): Promise<Record<string, number>> {
    const lines = (await this.#metrics.registry.metrics()).split("\n");
    const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(
      samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node[Symbol.asyncDispose]();
  }
}
