import type { Failure, FaceModelStatus } from "../../../crds/facemodel.ts";
import { blameFor } from "../gate/blame.ts";
import { judgeLosses } from "../gate/loss.ts";
import { millisecondsOf, timestamp } from "../duration.ts";
import { contentOf, digestsOf, type Recipe } from "../revision.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import { countsIn, type Ledger, openLedger } from "./ledger.ts";
import { type Membership, membersOf } from "./members.ts";
import { type NodeView, observeNode } from "./node.ts";
import { incumbentOf, positionOf, type Run } from "./slots.ts";
import type { Standing } from "./standing.ts";
import { gatherEvidence, isBeyondRepair, judgeWaves, type WaveView } from "./waves.ts";

type Quarantine = NonNullable<FaceModelStatus["quarantined"]>[number];

/** A revision that nodes are on their way to. */
export interface Destination {
  readonly run: Run;
  /** How it is built; absent when there is no record of it any more, so that only nodes that have it can run it. */
  readonly recipe?: Recipe;
}

/** The way nodes go: on to the wanted revision, or off it to the champion, if there is one. */
export type Heading =
  | { readonly type: "Forward"; readonly to: Destination & { readonly recipe: Recipe } }
  | { readonly type: "Back"; readonly to?: Destination };

/** Everything that is known about a rollout before anything is done about it. */
export interface Course {
  readonly snapshot: ModelSnapshot;
  readonly standing: Standing;
  readonly membership: Membership;
  readonly ledger: Ledger;
  readonly heading: Heading;
  /** Nodes that have nothing to compare the wanted revision with: they are given the champion first. */
  readonly newcomers: ReadonlySet<string>;
  /** The last promoted revision. */
  readonly champion?: Destination;
  /** Revisions that nothing may run. */
  readonly withdrawn: ReadonlySet<string>;
  /** Nodes on the way to where they are headed. */
  readonly nodes: readonly NodeView[];
  /** Nodes, by name, and waves on the way to the wanted revision, whether they go there or not. */
  readonly wanted: ReadonlyMap<string, NodeView>;
  readonly waves: readonly WaveView[];
  /** What stopped the run, now or earlier. */
  readonly failure?: Failure;
  readonly quarantined: readonly Quarantine[];
  /** The wanted revision is the champion, since now or earlier. */
  readonly promoted: boolean;
  readonly now: number;
}

/** Most revisions whose quarantine is remembered. Source: FaceModel.status.quarantined. */
const MOST_QUARANTINED = 32;

/** Works out where every node is and where it has to go. */
export function chart(snapshot: ModelSnapshot, standing: Standing, now: number): Course {
  const membership = membersOf(snapshot, now);
  const away = new Set(membership.members.filter((member) => member.away).map(({ name }) => name));
  const ledger = openLedger(snapshot, away, now);
  const base = { snapshot, standing, membership, ledger, now };
  const forward: Destination & { recipe: Recipe } = { run: standing, recipe: standing.recipe };
  const champion = championOf(snapshot, standing);
  const surveyed = survey(base, forward);
  const { nodes: arriving, newcomers } = welcome(base, surveyed.nodes, champion);
  const { waves, nodes: ahead } = newcomers.size === 0 ? surveyed : withholding(surveyed, newcomers, standing);
  const wanted = new Map(ahead.map((view) => [view.member.name, view]));
  const failure = failureIn(base, waves, ahead);
  const quarantined = quarantinesOf(base, failure);
  const isWithdrawn = failure !== undefined && !isPausing(snapshot, failure);
  const isBack = standing.skipped || standing.quarantine !== undefined || isWithdrawn;
  const promoted =
    standing.promoted || (!isBack && failure === undefined && waves.every(({ state }) => state === "Passed"));
  const withdrawn = withdrawnIn({ ...standing, quarantined }, isBack);
  const charted = {
    ...base,
    waves,
    wanted,
    ...(failure && { failure }),
    quarantined,
    promoted,
    withdrawn,
    ...(champion && { champion }),
  };
  if (!isBack) return { ...charted, heading: { type: "Forward", to: forward }, nodes: arriving, newcomers };
  const nodes = champion === undefined ? [] : survey(base, champion).nodes;
  return { ...charted, newcomers: new Set(), heading: { type: "Back", ...(champion && { to: champion }) }, nodes };
}

interface Base {
  readonly snapshot: ModelSnapshot;
  readonly standing: Standing;
  readonly membership: Membership;
  readonly ledger: Ledger;
  readonly now: number;
}

/** Where a node is to go: a newcomer to the champion, the others where all are headed. */
export function destinationOf({ newcomers, champion, heading }: Course, { member }: NodeView): Destination | undefined {
  return newcomers.has(member.name) ? champion : heading.to;
}

/**
 * Finds the nodes that have never run anything although there is a champion, and puts them on their way to that: without
 * it a candidate would take over there unseen. Where the champion cannot be built there is nothing to wait for.
 */
function welcome(base: Base, ahead: readonly NodeView[], champion: Destination | undefined) {
  const { standing } = base;
  const isKnown = champion?.recipe !== undefined && !standing.promoted;
  const isHeld = standing.quarantined.some(({ revision }) => revision === champion?.run.revision);
  const bare = isKnown && !isHeld ? ahead.filter(isBare) : [];
  if (champion === undefined || bare.length === 0) return { nodes: ahead, newcomers: new Set<string>() };
  const names = new Set(bare.map(({ member }) => member.name));
  const views = survey(base, champion).nodes.filter(
    ({ member, state }) => names.has(member.name) && state !== "Failed",
  );
  const byName = new Map(views.map((view) => [view.member.name, view]));
  return { nodes: ahead.map((view) => byName.get(view.member.name) ?? view), newcomers: new Set(byName.keys()) };
}

function isBare({ position, incumbent, member, state }: NodeView): boolean {
  const { active } = member.runtime?.spec.slots ?? {};
  return position === "Idle" && incumbent === undefined && active === undefined && !member.away && state !== "Failed";
}

/** The waves, with newcomers that wait. */
function withholding({ waves, nodes }: Survey, newcomers: ReadonlySet<string>, standing: Standing): Survey {
  const wait = (view: NodeView): NodeView =>
    newcomers.has(view.member.name) ? { ...view, state: "Waiting", message: "is given the champion first" } : view;
  return {
    waves: judgeWaves(
      waves.map((wave) => ({ ...wave, nodes: wave.nodes.map(wait) })),
      standing,
    ),
    nodes: nodes.map(wait),
  };
}

interface Survey {
  readonly waves: WaveView[];
  readonly nodes: readonly NodeView[];
}

/** Observes every node, and every wave, on the way to a revision. */
function survey(base: Base, { run }: Destination): Survey {
  const { snapshot, standing, membership } = base;
  const isWanted = run.revision === standing.revision;
  const withdrawn = withdrawnIn(standing, !isWanted);
  const byWave = Map.groupBy(membership.members, ({ wave }) => wave);
  const waves = snapshot.model.spec.rollout.waves.map((spec, index) => {
    const members = byWave.get(index) ?? [];
    const evidence = gatherEvidence(snapshot, members, {
      run,
      recorded: isWanted ? standing.evidence.get(spec.name) : undefined,
    });
    const soak = millisecondsOf(spec.soak);
    const waveHasShown = isWanted && !standing.passed.has(spec.name) && !standing.promoted && evidence.hasShown;
    const nodes = members.map((member) => {
      const position = member.runtime ? positionOf(member.runtime.spec, run) : "Idle";
      const build = base.ledger.latest(run.revision, member.name)?.build;
      return observeNode({
        member,
        run,
        position,
        incumbent: incumbentOf(member.runtime?.spec, run.revision, withdrawn),
        build: build && countsIn(run, build) ? build : undefined,
        gate: snapshot.model.spec.gates.online,
        soak,
        loadTimeout: millisecondsOf(snapshot.model.spec.timeouts.load),
        promoted: standing.promoted || !isWanted,
        waveHasShown,
        now: base.now,
      });
    });
    return { spec, nodes, evidence };
  });
  const nodes = judgeLosses(
    waves.flatMap((wave) => wave.nodes),
    run,
  );
  const byName = new Map(nodes.map((view) => [view.member.name, view]));
  const judged = waves.map((wave) => ({ ...wave, nodes: wave.nodes.map(({ member }) => byName.get(member.name)!) }));
  return { waves: judgeWaves(judged, standing), nodes };
}

/** Revisions that nothing may run: those that are quarantined, and the wanted one while nodes go back from it. */
function withdrawnIn({ quarantined, revision }: Standing, isBack: boolean): Set<string> {
  return new Set([...quarantined.map((quarantine) => quarantine.revision), ...(isBack ? [revision] : [])]);
}

/**
 * What stops the run, now or earlier. A person's word comes before a pause. The failure of a node that comes late to a
 * promoted revision is that node's alone.
 */
function failureIn({ standing }: Base, waves: readonly WaveView[], nodes: readonly NodeView[]): Failure | undefined {
  const { aborted, promoted, quarantine, skipped, failure } = standing;
  if (promoted || skipped) return undefined;
  if (quarantine !== undefined) return failure;
  if (aborted !== undefined) {
    const { metadata, spec } = aborted.decision;
    const message = `aborted by RolloutDecision ${metadata.name}: ${spec.reason}`.slice(0, 1024);
    return { gate: "Decision", blame: "Unknown", message };
  }
  return failure ?? waves.map((wave) => waveFailure(wave, nodes)).find((found) => found !== undefined);
}

function waveFailure({ spec, nodes, evidence, state }: WaveView, all: readonly NodeView[]): Failure | undefined {
  if (isBeyondRepair({ spec, nodes })) {
    const failed = nodes.filter((node) => node.failure !== undefined);
    const first = failed[0]!;
    const { gate, measurement } = first.failure!;
    const { blame, message } = first.lost ? ruled(first) : blameFor(first.failure!, all);
    const node = first.member.name;
    return { gate, wave: spec.name, node, blame, ...(measurement && { measurement }), message: message.slice(0, 1024) };
  }
  if (state !== "Running" || evidence.current?.verdict !== "Failure") return undefined;
  const measurement = evidence.current.measurements.find(({ verdict }) => verdict === "Failure");
  const message = `the nodes of wave ${spec.name} together: ${evidence.current.message}`.slice(0, 1024);
  return { gate: "Online", wave: spec.name, blame: "Release", ...(measurement && { measurement }), message };
}

/** Of a node that was lost it has been told already. */
function ruled({ failure }: NodeView): Pick<Failure, "blame" | "message"> {
  return { blame: "Release", message: failure!.message };
}

/** Quarantines the revision for what it is to blame for, or a person rules, if the model is to be rolled back at all. */
function quarantinesOf({ snapshot, standing, now }: Base, failure: Failure | undefined): readonly Quarantine[] {
  const { quarantined, quarantine, revision, recipe } = standing;
  if (failure === undefined || quarantine !== undefined || isPausing(snapshot, failure)) return quarantined;
  if (failure.blame !== "Release" && failure.gate !== "Decision") return quarantined;
  if (quarantined.some((entry) => entry.revision === revision)) return quarantined;
  const entry = { revision, content: contentOf(recipe), digests: digestsOf(recipe), time: timestamp(now), failure };
  return [...quarantined, entry].slice(-MOST_QUARANTINED);
}

/** Whether a failure stops the rollout where it is instead of taking the revision off. What a person decided is done. */
export function isPausing({ model }: ModelSnapshot, { gate, blame }: Failure): boolean {
  return gate !== "Decision" && (blame === "Environment" || model.spec.rollout.onFailure === "Pause");
}

function championOf({ revisions }: ModelSnapshot, { history }: Standing): Destination | undefined {
  const champion = history[0];
  if (champion === undefined) return undefined;
  const recipe = revisions.find(({ revision }) => revision === champion.revision)?.recipe;
  return { run: { revision: champion.revision, startedAt: champion.time }, ...(recipe && { recipe }) };
}
