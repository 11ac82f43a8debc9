import { setTimeout as sleep } from "node:timers/promises";
import type { FaceModel, FaceModelStatus } from "../../crds/facemodel.ts";
import { exampleFiles, readExample } from "./examples.ts";
import { fleet, namespace, type Recognizer, type Stage } from "./stage.ts";
import { applyAll } from "./world.ts";
import { writesSince } from "./writes.ts";

/** A step of the story: what is done, what should come of it, and what did. */
export interface Step {
  name: string;
  expected: string;
  /** Reason of the last Event that it causes. */
  closing?: string;
  /** Does it and says what came of it. `ok` is whether that is what was expected. */
  play(stage: Stage, signal: AbortSignal): Promise<{ observed: string; ok: boolean }>;
}

export const modelName = "doors";
const canary = fleet[0]!.name;
const cutOff = "orin-nano-2";
const patience = 300;
/** How long the last nodes may take to follow the last decision. */
const settlingSeconds = 15;

/** The story, in its order; each step begins where the one before ended. */
export const story: readonly Step[] = [
  {
    name: "(a) the first revision passes its floors and serves",
    expected: "promoted on 4 of 4 nodes; events name people and expressions",
    closing: "Promoted",
    play: async (stage, signal) => {
      for (const file of exampleFiles) await applyFile(stage, file, "face-recognition", signal);
      await settled(stage, 1, signal);
      const status = await spread(stage, 1, { done: 4, deferred: 0 }, signal);
      const { people, expressions } = await stage.view.until(
        "events that name people and expressions",
        60,
        () => named(stage),
        signal,
      );
      const ok = status.state === "Promoted" && status.progress === "4/4" && status.champion === status.revision;
      return { ok, observed: `${told(status)}; events name ${people} people and ${expressions} expressions` };
    },
  },
  {
    name: "(b) a candidate as good in a quarter of the size is promoted wave by wave",
    expected: `canary passes before fleet begins; promoted on 3 of 3 nodes within reach while ${cutOff} is Deferred`,
    closing: "Promoted",
    play: async (stage, signal) => {
      const generation = await applyFile(stage, "facemodel.yaml", "face-recognition-bytes", signal);
      await stage.view.until("the canary wave runs", 60, () => waveIs(stage, generation, "canary", "Running"), signal);
      await stage.nodes.get(cutOff)!.disconnect();
      await stage.view.until(
        "the fleet wave runs, and the canary has passed before",
        patience,
        () => waveIs(stage, generation, "fleet", "Running") && waveIs(stage, generation, "canary", "Passed"),
        signal,
      );
      await settled(stage, generation, signal);
      const status = await spread(stage, generation, { done: 3, deferred: 1 }, signal);
      const ok = status.state === "Promoted" && status.nodes?.deferred === 1 && status.nodes.done === 3;
      return { ok, observed: told(status) };
    },
  },
  {
    name: "(c) the node that was cut off comes back and passes its own gate",
    expected: `${cutOff} is built, shadowed and activated after the promotion; 4 of 4 nodes`,
    closing: "NodeDone",
    play: async (stage, signal) => {
      const { revision } = modelOf(stage).status!;
      using shadow = watchShadow(stage, cutOff, revision!);
      await stage.nodes.get(cutOff)!.reconnect();
      const status = await stage.view.until(
        `${cutOff} is done`,
        patience,
        () => (modelOf(stage).status?.progress === "4/4" ? modelOf(stage).status : undefined),
        signal,
      );
      const build = stage.view.builds.cache
        .list()
        .find(({ spec }) => spec.nodeName === cutOff && spec.revision === revision);
      const active = stage.view.runtimes.cache.get(`${namespace}/${cutOff}`)?.status?.slots?.active;
      const ok =
        build?.status?.state === "Succeeded" &&
        shadow.passed &&
        active?.revision === revision &&
        status.state === "Promoted";
      return {
        ok,
        observed: `${told(status)}; its build: ${build?.status?.state ?? "none"}, its shadow: ${shadow.passed ? "passed" : "not passed"}, its active revision: ${active?.revision ?? "none"}`,
      };
    },
  },
  {
    name: "(d) a damaged candidate fails the offline gate and is loaded nowhere",
    expected: `fails Offline on ${canary}; no slot ever holds it; the champion goes on`,
    closing: "RolledBack",
    play: async (stage, signal) => {
      const { champion } = modelOf(stage).status!;
      using watch = watchSlots(stage);
      const generation = await applyFile(stage, "facemodel.yaml", "face-recognition-damaged", signal);
      const status = await settled(stage, generation, signal);
      const held = watch.revisions.has(status.revision!);
      const builders = stage.view.builds.cache.list().filter(({ spec }) => spec.revision === status.revision);
      const ok =
        isStalled(stage) &&
        status.failure?.gate === "Offline" &&
        status.failure.node === canary &&
        builders.every(({ spec }) => spec.nodeName === canary) &&
        !held &&
        status.champion === champion;
      const where = builders.map(({ spec }) => spec.nodeName).join(", ");
      return { ok, observed: `${told(status)}; built on ${where} and loaded ${held ? "somewhere" : "nowhere"}` };
    },
  },
  {
    name: "(e) a candidate that is worse on what the cameras see fails in the shadow",
    expected: "fails Online with metric, interval, n and verdict; rolled back and quarantined; spec untouched",
    closing: "RolledBack",
    play: async (stage, signal) => {
      const { champion } = modelOf(stage).status!;
      const generation = await applyFile(stage, "facemodel.yaml", "face-recognition-contrast", signal);
      const status = await settled(stage, generation, signal);
      const { failure, quarantined = [] } = status;
      const measured = failure?.measurement;
      const back = runtimes(stage).every(({ status: node }) => node?.slots?.active?.revision === champion);
      const untouched = modelOf(stage).metadata.generation === generation;
      const ok =
        isStalled(stage) &&
        failure?.gate === "Online" &&
        measured?.lower !== undefined &&
        back &&
        untouched &&
        status.champion === champion &&
        quarantined.some(({ revision }) => revision === status.revision);
      return {
        ok,
        observed: `${told(status)}; spec ${untouched ? "untouched" : "changed"}; every node ${back ? "on" : "not on"} the champion`,
      };
    },
  },
];

/** The end of the story when asked for: nothing happens any more, so there is nothing to write. */
export function quietFor(seconds: number): Step {
  return {
    name: "(f) once the story has settled, the operator makes no write",
    expected: `no write of the operator in ${seconds} s in the API server's audit log`,
    play: async ({ cluster }, signal) => {
      await sleep(settlingSeconds * 1000, undefined, { signal });
      const since = new Date();
      await sleep(seconds * 1000, undefined, { signal });
      const writes = await writesSince(cluster.auditLog!, since);
      const observed = `${writes.length} writes in ${seconds} s`;
      return { ok: writes.length === 0, observed: [observed, ...writes.slice(0, 5)].join("; ") };
    },
  };
}

/** @returns the generation of the last object of the file. */
async function applyFile(
  stage: Stage,
  file: (typeof exampleFiles)[number],
  recognizer: Recognizer,
  signal: AbortSignal,
): Promise<number> {
  const objects = await readExample(file, stage.variables(recognizer), namespace);
  return (await applyAll(stage.view.client, objects, signal)).at(-1)?.metadata.generation ?? 0;
}

function modelOf({ view }: Stage): FaceModel {
  const model = view.models.cache.get(`${namespace}/${modelName}`);
  if (model === undefined) throw new Error(`FaceModel ${modelName} is gone`);
  return model;
}

const ended = new Set<FaceModelStatus["state"]>(["Promoted", "RolledBack", "Quarantined", "Paused"]);

/** The status that tells of a generation of spec, once there is one. */
function statusOf(stage: Stage, generation: number): FaceModelStatus | undefined {
  const status = stage.view.models.cache.get(`${namespace}/${modelName}`)?.status;
  return (status?.observedGeneration ?? 0) >= generation ? status : undefined;
}

/** The status once the rollout of what spec asks for has ended. */
function settled(stage: Stage, generation: number, signal: AbortSignal): Promise<FaceModelStatus> {
  const look = () => {
    const status = statusOf(stage, generation);
    return status !== undefined && ended.has(status.state) ? status : undefined;
  };
  return stage.view.until("the rollout ends", patience, look, signal);
}

/** The status once so many nodes are done and so many away: one that lost power for a moment comes after the others. */
function spread(
  stage: Stage,
  generation: number,
  { done, deferred }: { done: number; deferred: number },
  signal: AbortSignal,
): Promise<FaceModelStatus> {
  const look = () => {
    const status = statusOf(stage, generation);
    return status?.nodes?.done === done && status.nodes.deferred === deferred ? status : undefined;
  };
  return stage.view.until(`${done} nodes are done and ${deferred} away`, patience, look, signal);
}

function waveIs(stage: Stage, generation: number, wave: string, state: string): true | undefined {
  const waves = statusOf(stage, generation)?.waves ?? [];
  return waves.some((each) => each.name === wave && each.state === state) ? true : undefined;
}

function isStalled(stage: Stage): boolean {
  return (
    modelOf(stage).status?.conditions?.some(({ type, status }) => type === "Stalled" && status === "True") ?? false
  );
}

function runtimes({ view }: Stage) {
  return view.runtimes.cache.list();
}

function named({ hub }: Stage): { people: number; expressions: number } | undefined {
  const people = new Set(hub.events.flatMap(({ data }) => data.identity?.person ?? []));
  const expressions = new Set(hub.events.flatMap(({ data }) => data.expression?.label ?? []));
  return people.size > 0 && expressions.size > 0 ? { people: people.size, expressions: expressions.size } : undefined;
}

/** Every revision that any slot of any node was wanted to hold, or held, from now on. */
function watchSlots(stage: Stage): Disposable & { revisions: ReadonlySet<string> } {
  const revisions = new Set<string>();
  const look = () => {
    for (const { spec, status } of runtimes(stage)) {
      const slots = [spec.slots.active, spec.slots.standby, status?.slots?.active, status?.slots?.standby];
      for (const slot of slots) if (slot !== undefined) revisions.add(slot.revision);
    }
  };
  const stop = stage.view.onChange(look);
  return { revisions, [Symbol.dispose]: stop };
}

/** Whether a node's own verdict on a revision in its shadow was a success, at any time from now on. */
function watchShadow(stage: Stage, node: string, revision: string): Disposable & { readonly passed: boolean } {
  let passed = false;
  const look = () => {
    const { spec, status } = stage.view.runtimes.cache.get(`${namespace}/${node}`) ?? {};
    const isShadow = spec?.trial?.phase === "Shadow" && spec.slots.standby?.revision === revision;
    passed ||= isShadow && status?.trial?.id === spec.trial!.id && status.trial.verdict === "Success";
  };
  const stop = stage.view.onChange(look);
  return {
    get passed() {
      return passed;
    },
    [Symbol.dispose]: stop,
  };
}

function told({ state, revision, progress, nodes, failure }: FaceModelStatus): string {
  const deferred = nodes?.deferred ? `, ${nodes.deferred} deferred` : "";
  const head = `${revision ?? "no revision"} ${state ?? "unknown"} on ${progress ?? "?"}${deferred}`;
  if (failure === undefined) return head;
  const { gate, node, measurement: m, message } = failure;
  const evidence =
    m &&
    `${m.metric} ${m.value ?? "?"} [${m.lower ?? "-"}, ${m.upper ?? "-"}] n=${m.n} against ${m.bound ?? "?"}: ${m.verdict}`;
  return `${head}; ${gate} failed${node === undefined ? "" : ` on ${node}`}: ${evidence ?? message}`;
}
