import { examples } from "../../../crds/examples.ts";
import type { EngineBuild } from "../../../crds/enginebuild.ts";
import { CameraStream, type CameraStreamSpec } from "../../../crds/camerastream.ts";
import { FaceDataset } from "../../../crds/facedataset.ts";
import { FaceGallery } from "../../../crds/facegallery.ts";
import { FaceModel, type FaceModelSpec, type FaceModelStatus } from "../../../crds/facemodel.ts";
import { labels } from "../../../crds/annotations.ts";
import { apiVersion } from "../../../crds/kind.ts";
import type { NodeRuntime } from "../../../crds/noderuntime.ts";
import type { RolloutDecision } from "../../../crds/rolloutdecision.ts";
import type { Action } from "../action.ts";
import { tryLabel } from "../build/owner.ts";
import { canonicalJson } from "../canonical.ts";
import { timestamp } from "../duration.ts";
import { planFaceModel } from "../facemodel.ts";
import { type Recipe, recipeOf, revisionOf } from "../revision.ts";
import type { DeploymentFact, JobFact, ModelSnapshot, NodeFact, Settings } from "../snapshot.ts";
import { PACE, type Quality, runJob, runRuntime } from "./devices.fake.ts";
import { Store, type Stored } from "./store.fake.ts";

export const settings: Settings = {
  runtimeImage: "facefleet:1",
  storePath: "/var/lib/facefleet",
  hostRoot: "/",
  evidenceInterval: "30s",
  awayAfter: 30_000,
};

const namespace = "facefleet";
const START = Date.parse("2026-01-01T00:00:00Z");

/** How the spec of a world differs from the example. */
export interface Wish {
  /** A character that stands for the networks' digests: another one is another revision. */
  networks?: string;
  change?: (spec: FaceModelSpec) => Partial<FaceModelSpec>;
}

/** A spec for tests: two waves by label ring, short times, one paired check and one ceiling. */
export function specFor({ networks = "a", change = () => ({}) }: Wish = {}): FaceModelSpec {
  const spec = FaceModel.spec.parse(examples.FaceModel.spec);
  const digest = `sha256:${networks.repeat(64)}`;
  const wished: FaceModelSpec = {
    ...spec,
    networks: spec.networks.map((network) => ({ ...network, source: { ...network.source, digest } })),
    nodes: {},
    rollout: {
      ...spec.rollout,
      waves: [
        { ...spec.rollout.waves[0]!, name: "canary", nodes: { matchLabels: { ring: "canary" } }, soak: "10m" },
        { name: "rest", soak: "10m", maxUnavailable: "1", maxFailures: 0, approval: "None" },
      ],
    },
  };
  return { ...wished, ...change(wished) };
}

/** The revision that a wish gives. */
export function revisionFor(wish: Wish): string {
  return revisionOf(recipeOf(specFor(wish), undefined, settings.runtimeImage));
}

/** A world whose first revision is promoted, with the Events before that forgotten. */
export function promotedWorld(nodes?: Record<string, string>): World & { champion: string } {
  const world = new World(nodes);
  world.untilState("Promoted");
  world.settle();
  world.events.length = 0;
  return Object.assign(world, { champion: world.status.champion! });
}

/** A cluster with one FaceModel, on a clock of its own. Only stored objects survive an operator; there is no other memory. */
export class World {
  readonly store = new Store();
  now = START;
  readonly nodes = new Map<string, NodeFact>();
  /** By "revision/node", then by revision. */
  readonly qualities = new Map<string, Quality>();
  readonly events: string[] = [];
  settings = settings;
  /** FaceModels that come first. */
  older: readonly FaceModel[] = [];
  /** Called before each action. */
  onAction: (action: Action) => void = () => undefined;
  /** How many actions an operator lives for; asked at each start. */
  lifetime: () => number = () => Infinity;
  readonly #jobs = new Map<string, JobFact>();
  readonly #broken = new Set<string>();
  /** By node: whether the pod of its runtime runs, and since when that is so. */
  readonly #pods = new Map<string, { readonly up: boolean; readonly since: number }>();
  /** Nodes without power, which start everything anew when they return. */
  readonly #dark = new Set<string>();

  constructor(nodes: Record<string, string> = { n1: "canary", n2: "rest", n3: "rest" }, wish: Wish = {}) {
    for (const [name, ring] of Object.entries(nodes)) this.addNode(name, ring);
    for (const name of ["gate", "probes", "staff-pictures"]) this.addDataset(name);
    this.addGallery("staff");
    this.wish(wish);
  }

  /** Adds a node, with a camera that recognizes the staff. */
  addNode(name: string, ring: string): void {
    this.nodes.set(name, { name, labels: { ring }, ready: true, since: timestamp(this.now) });
    this.addCamera(`at-${name}`, { nodeName: name });
  }

  /** Applies a CameraStream. */
  addCamera(name: string, change: Partial<CameraStreamSpec> = {}): void {
    const { credentialsSecretRef: _, ...example } = CameraStream.spec.parse(examples.CameraStream.spec);
    const spec = { ...example, modelRef: { name: "doors" }, ...change };
    this.store.apply({ apiVersion, kind: "CameraStream", metadata: { name, namespace }, ...{ spec } }, this.now);
  }

  addGallery(name: string): void {
    const spec = FaceGallery.spec.parse({ ...examples.FaceGallery.spec, datasetRef: { name: "staff-pictures" } });
    this.store.apply({ apiVersion, kind: "FaceGallery", metadata: { name, namespace }, ...{ spec } }, this.now);
  }

  addDataset(name: string, content: object = examples.FaceDataset.spec): void {
    const spec = FaceDataset.spec.parse({
      ...content,
      purposes: ["Gate", "Probe", "Enrollment", "Calibration"],
    });
    this.store.apply({ apiVersion, kind: "FaceDataset", metadata: { name, namespace }, ...{ spec } }, this.now);
  }

  /** Applies the FaceModel. */
  wish(wish: Wish): void {
    const object = { apiVersion, kind: "FaceModel", metadata: { name: "doors", namespace }, spec: specFor(wish) };
    this.store.apply(object, this.now);
  }

  decide(decision: RolloutDecision["spec"]["decision"], extra: Partial<RolloutDecision["spec"]> = {}): string {
    const name = `decision-${this.store.list("RolloutDecision").length}`;
    const spec = {
      modelRef: { name: "doors" },
      revision: this.status.revision!,
      decision,
      reason: "for a test",
      ...extra,
    };
    this.store.apply({ apiVersion, kind: "RolloutDecision", metadata: { name, namespace }, ...{ spec } }, this.now);
    return name;
  }

  /** Cuts the node off; what runs on it stays as it is. */
  disconnect(name: string): void {
    this.nodes.set(name, { ...this.nodes.get(name)!, ready: false, since: timestamp(this.now) });
  }

  /** Takes the node's power: what it last reported stays in its NodeRuntime. */
  powerOff(name: string): void {
    this.disconnect(name);
    this.#dark.add(name);
  }

  reconnect(name: string): void {
    this.nodes.set(name, { ...this.nodes.get(name)!, ready: true, since: timestamp(this.now) });
    if (this.#dark.delete(name)) this.restart(name);
  }

  /** Ends the runtime's pod, which does not come back; its last report stays. */
  killPod(name: string): void {
    this.#pods.set(name, { up: false, since: this.now });
  }

  /** Lets what drives events on a node die, whatever revision it is. */
  breakRuntime(name: string): void {
    this.#broken.add(name);
  }

  /** Whether the runtime's pod runs, as long as the node has power. */
  hasPod(name: string): boolean {
    return this.#podOf(name).up;
  }

  /** Restarts the runtime of a node: it loads anew, and goes on with its comparison, which it keeps on its disk. */
  restart(name: string): void {
    this.#pods.set(name, { up: true, since: this.now });
    const runtime = this.store.get("NodeRuntime", name) as unknown as NodeRuntime | undefined;
    if (runtime === undefined) return;
    const { trial, swappedBack } = runtime.status ?? {};
    this.store.applyStatus({
      ...(runtime as unknown as Stored),
      status: { ...(trial && { trial }), ...(swappedBack && { swappedBack }) },
    });
  }

  /** The revision that spec asks for. */
  get wanted(): string {
    return revisionOf(recipeOf(this.model.spec, undefined, this.settings.runtimeImage));
  }

  get model(): FaceModel {
    return this.store.get("FaceModel", "doors") as unknown as FaceModel;
  }

  get status(): FaceModelStatus {
    return this.model.status ?? {};
  }

  runtime(node: string): NodeRuntime | undefined {
    return this.store.get("NodeRuntime", node) as unknown as NodeRuntime | undefined;
  }

  /** Revision that drives events on a node. */
  serving(node: string): string | undefined {
    const active = this.runtime(node)?.status?.slots?.active;
    return active?.state === "Ready" ? active.revision : undefined;
  }

  quality(revision: string, node: string): Quality {
    return { ...this.qualities.get(revision), ...this.qualities.get(`${revision}/${node}`) };
  }

  snapshot(): ModelSnapshot {
    const all = <T>(kind: string) => this.store.list(kind) as unknown as T[];
    const named = <T extends { metadata: { name: string } }>(kind: string) =>
      new Map(all<T>(kind).map((object) => [object.metadata.name, object]));
    return {
      settings: this.settings,
      model: this.model,
      nodes: [...this.nodes.values()],
      olderModels: this.older,
      datasets: named("FaceDataset"),
      galleries: named("FaceGallery"),
      cameras: all("CameraStream"),
      decisions: all("RolloutDecision"),
      revisions: this.store.list("ControllerRevision").map((record) => ({
        name: record.metadata.name,
        uid: record.metadata.uid,
        revision: record.metadata.labels![labels.revision]!,
        number: Number(record.revision),
        recipe: record.data as Recipe,
      })),
      builds: all("EngineBuild"),
      jobs: this.store.list("Job").map((job) => this.#jobFact(job)),
      runtimes: named("NodeRuntime"),
      deployments: new Map(this.store.list("Deployment").map((object) => this.#deploymentFact(object))),
    };
  }

  plan(): Action[] {
    return this.planOf(this.snapshot());
  }

  planOf(snapshot: ModelSnapshot): Action[] {
    return planFaceModel(snapshot, this.now);
  }

  /** Plans, and carries out as many actions as the operator lives for. @returns how many were done. */
  reconcile(): number {
    const actions = this.nothingLeft().slice(0, this.lifetime());
    for (const action of actions) {
      this.onAction(action);
      this.store.execute(action, this.now);
      if (action.type === "Event") this.events.push(action.reason);
    }
    return actions.length;
  }

  /** Lets time pass; then every device that is connected does its part. */
  advance(milliseconds: number): void {
    this.now += milliseconds;
    for (const build of this.store.list("EngineBuild") as unknown as EngineBuild[]) this.#runBuild(build);
    for (const runtime of this.store.list("NodeRuntime") as unknown as NodeRuntime[]) this.#runRuntime(runtime);
  }

  /** Reconciles until nothing is left to do at this time. */
  settle(limit = 300): void {
    for (let round = 0; round < limit; round += 1) if (this.reconcile() === 0) return;
    throw new Error(`not settled after ${limit} rounds: ${JSON.stringify(this.plan().map((action) => action.type))}`);
  }

  /** Goes on until `done` holds, in steps of some seconds. */
  until(done: () => boolean, { step = 20_000, limit = 400 }: { step?: number; limit?: number } = {}): void {
    for (let round = 0; round < limit; round += 1) {
      this.settle();
      if (done()) return;
      this.advance(step);
    }
    throw new Error(`not reached within ${(limit * step) / 60_000} minutes; ${JSON.stringify(this.status, null, 1)}`);
  }

  /** Goes on until neither the devices nor time bring anything more; skips the time in which nothing happens. */
  rest(): void {
    let quiet = 0;
    for (let round = 0; round < 600; round += 1) {
      this.settle();
      const before = this.#fingerprint();
      this.advance(20_000);
      const isQuiet = this.#fingerprint() === before && this.nothingLeft().length === 0;
      quiet = isQuiet ? quiet + 1 : 0;
      if (quiet * 20_000 < PACE.quiet) continue;
      const wait = this.plan().flatMap((action) => (action.type === "Requeue" ? action.after : []))[0];
      if (wait === undefined) return;
      this.advance(wait);
    }
    throw new Error(`no rest; ${JSON.stringify(this.status, null, 1)}`);
  }

  /** What a plan would write now. */
  nothingLeft(): Action[] {
    return this.plan().filter(({ type }) => type !== "Requeue");
  }

  #fingerprint(): string {
    return canonicalJson([...this.store.objects.values()].map(({ spec, status }) => [spec, status]));
  }

  untilState(state: FaceModelStatus["state"]): void {
    this.until(() => this.status.state === state);
  }

  #runBuild(build: EngineBuild): void {
    const { nodeName, revision } = build.spec;
    if (this.nodes.get(nodeName)?.ready !== true) return;
    for (const object of this.store.list("Job")) {
      const job = this.#jobFact(object);
      if (job.build === build.metadata.name) {
        this.#jobs.set(job.uid, runJob(job, build, this.quality(revision, nodeName), this.now));
      }
    }
  }

  #runRuntime(runtime: NodeRuntime): void {
    const { nodeName } = runtime.spec;
    const isRunning = this.store.list("Deployment").some(({ metadata }) => metadata.labels?.[labels.node] === nodeName);
    if (!isRunning || this.nodes.get(nodeName)?.ready !== true || !this.#podOf(nodeName).up) return;
    const status = runRuntime(runtime, (revision) => this.quality(revision, nodeName), this.now);
    if (this.#broken.has(nodeName) && status.slots?.active) status.slots.active.state = "Failed";
    this.store.applyStatus({ ...(runtime as unknown as Stored), status });
    const { active } = status.slots ?? {};
    if (active?.state === "Ready" && this.quality(active.revision, nodeName).power === "Lost") this.powerOff(nodeName);
  }

  #jobFact({ metadata }: Stored): JobFact {
    const build = this.store
      .list("EngineBuild")
      .find(({ metadata: { uid } }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
    const known = this.#jobs.get(metadata.uid);
    const { name, uid } = metadata;
    const fresh = {
      name,
      uid,
      build: build?.metadata.name ?? "",
      tries: Number(metadata.labels![tryLabel]),
      state: "Active",
    };
    return known ?? (fresh as JobFact);
  }

  #deploymentFact(object: Stored): [string, DeploymentFact] {
    const node = object.metadata.labels![labels.node]!;
    const { ready = false, since = object.metadata.creationTimestamp } = this.nodes.get(node) ?? {};
    const pod = this.#podOf(node);
    const changed = Math.max(Date.parse(since), Date.parse(object.metadata.creationTimestamp), pod.since);
    return [node, { object, available: ready && pod.up, since: timestamp(changed) }];
  }

  #podOf(node: string) {
    return this.#pods.get(node) ?? { up: true, since: -Infinity };
  }
}
