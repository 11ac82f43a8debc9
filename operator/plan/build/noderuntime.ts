import type { ResolvedDataset, SlotRevision } from "../../../crds/enginebuild.ts";
import type { FaceModel } from "../../../crds/facemodel.ts";
import { apiVersion } from "../../../crds/kind.ts";
import type { NodeRuntime, NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import type { Desired } from "../action.ts";
import { canonicalJson } from "../canonical.ts";
import type { NodeFailure } from "../rollout/failure.ts";
import { type Run, trialId } from "../rollout/slots.ts";
import { type Soak, soakAnnotation } from "../rollout/soak.ts";
import type { NodeSight } from "./cameras.ts";
import { labelsFor, ownedBy, waveLabel } from "./owner.ts";

/**
 * Annotation of a NodeRuntime with the failures for which the node was taken back. It is written with the very slots that
 * take it back, since what the runtime reported is gone with the comparison.
 */
const failureAnnotation = "facefleet.dev/failures";

/** For what a node was taken back, in which run. */
export interface FailedRun {
  readonly run: Run;
  readonly failure: NodeFailure;
}

type Gallery = NonNullable<NodeRuntimeSpec["galleries"]>[number];

/** What a node is to hold. */
export interface Arrangement {
  readonly slots: NodeRuntimeSpec["slots"];
  readonly trial?: NodeRuntimeSpec["trial"];
  readonly failures?: readonly FailedRun[];
  readonly soak?: Soak;
}

/** What a NodeRuntime is made of. */
export interface RuntimeSpecOrder extends Arrangement {
  readonly node: string;
  readonly wave: string;
  readonly sight: NodeSight;
  /** Engines for instant rollback. */
  readonly keep: readonly SlotRevision[];
}

/** Most engines that are kept beside those in the slots. Source: NodeRuntime.spec.keep. */
const MOST_KEPT = 12;

/** The NodeRuntime of a node. */
export function buildNodeRuntime(
  model: FaceModel,
  order: RuntimeSpecOrder,
): Desired & { readonly spec: NodeRuntimeSpec } {
  const { node, wave, sight, slots, trial, keep, failures = [], soak } = order;
  const { name, namespace } = model.metadata;
  const { cameras, galleries } = sight;
  return {
    apiVersion,
    kind: "NodeRuntime",
    metadata: {
      name: node,
      namespace,
      labels: { ...labelsFor({ model: name, node }), [waveLabel]: wave },
      ...annotated({
        ...(failures.length > 0 && { [failureAnnotation]: canonicalJson(failures) }),
        ...(soak && { [soakAnnotation]: canonicalJson(soak) }),
      }),
      ownerReferences: ownedBy(model),
    },
    spec: {
      nodeName: node,
      model: name,
      slots,
      ...(trial && { trial }),
      ...(keep.length > 0 && { keep: keep.slice(0, MOST_KEPT) }),
      loadTimeout: model.spec.timeouts.load,
      ...(galleries.length > 0 && { galleries: [...galleries] }),
      ...(cameras.length > 0 && { cameras: [...cameras] }),
    },
  };
}

function annotated(annotations: Readonly<Record<string, string>>) {
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

/**
 * The comparison of a candidate with a champion. In Soak the candidate has shown what the gate asks and must not lose it.
 * A node whose cameras recognize nobody is not asked about identities, as long as something else is required of it.
 */
export function buildTrial(
  model: FaceModel,
  {
    run,
    champion,
    phase,
    probes,
    gallery,
  }: {
    run: Run;
    champion: string;
    phase: "Shadow" | "Soak";
    probes: ResolvedDataset | undefined;
    gallery: Gallery | undefined;
  },
): NonNullable<NodeRuntimeSpec["trial"]> {
  const { checks, alpha, minSamples, deadline } = model.spec.gates.online;
  const terms = {
    phase,
    gate: { checks: checksFor(checks, gallery?.name), alpha, minSamples, deadline },
    ...(probes && { probes }),
    ...(probes && gallery && { gallery: gallery.name }),
  };
  return { id: trialId(run, champion, terms, gallery && [gallery]), ...terms };
}

type Check = FaceModel["spec"]["gates"]["online"]["checks"][number];

/** Never none that is required: nothing asked would be a pass without evidence. */
function checksFor(checks: readonly Check[], gallery: string | undefined): Check[] {
  const measured = checks.filter(({ metric }) => gallery !== undefined || metric !== "ProbeIdentity");
  return measured.some(({ required }) => required) ? measured : [...checks];
}

/** Whether a node without a gallery can show nothing of what a gate requires: it asks about identities alone. */
export function asksOnlyIdentity({ spec }: FaceModel): boolean {
  const required = spec.gates.online.checks.filter((check) => check.required);
  return required.length > 0 && required.every(({ metric }) => metric === "ProbeIdentity");
}

/** The failure for which a node was taken back in a run, if it was. */
export function failureOf(runtime: Pick<NodeRuntime, "metadata">, run: Run): NodeFailure | undefined {
  const isOfRun = (entry: FailedRun) => entry.run.revision === run.revision && entry.run.startedAt === run.startedAt;
  return failuresOf(runtime).find(isOfRun)?.failure;
}

/** Everything for which a node was taken back, as far as it is recorded. */
export function failuresOf({ metadata }: Pick<NodeRuntime, "metadata">): readonly FailedRun[] {
  return parse(metadata.annotations?.[failureAnnotation] ?? "[]");
}

/** Only the operator writes the annotation, but anybody who may edit the object could spoil it: then it says nothing. */
function parse(text: string): readonly FailedRun[] {
  try {
    const value = JSON.parse(text) as Partial<FailedRun>[];
    return value.filter(
      (entry): entry is FailedRun =>
        typeof entry.run?.revision === "string" && typeof entry.failure?.message === "string",
    );
  } catch {
    return [];
  }
}
