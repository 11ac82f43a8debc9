import { type Action, ofNode, targetOf } from "../action.ts";
import type { JobFact } from "../snapshot.ts";
import type { Course } from "./course.ts";

/**
 * Deletes what nothing refers to any more: builds and records of revisions that are neither wanted, in the history nor
 * in any slot, builds that a later attempt has replaced, Jobs of earlier tries, and what is left on nodes that belong to
 * the model no more. What an EngineBuild owns goes with it.
 */
export function collect(course: Course, kept: ReadonlySet<string>): Action[] {
  const { ledger, membership, snapshot } = course;
  const members = new Set(membership.members.map(({ name }) => name));
  const builds = ledger.entries.filter(({ build }) => {
    const { revision, nodeName } = build.spec;
    const isLatest = ledger.latest(revision, nodeName)?.build.metadata.uid === build.metadata.uid;
    return !kept.has(revision) || !isLatest || !members.has(nodeName);
  });
  const gone = new Set(builds.map(({ build }) => build.metadata.name));
  const { namespace } = snapshot.model.metadata;
  const left = ledger.entries.filter(({ build }) => !gone.has(build.metadata.name));
  return [
    ...strays(course, members),
    ...builds.flatMap(({ build }) => ofNode(build.spec.nodeName, [{ type: "Delete", target: targetOf(build) }])),
    ...left.flatMap(({ build, earlier }) => {
      const over = earlier.filter(({ state }) => state !== "Active");
      return ofNode(
        build.spec.nodeName,
        over.map((job) => deleteJob(job, namespace)),
      );
    }),
    ...staleRecords(course, kept),
  ];
}

/**
 * Runtimes on nodes that were taken from the model, by labels or by an older FaceModel. NodeRuntimes first: a pod whose
 * NodeRuntime is gone when it ends clears its node.
 */
function strays({ snapshot }: Course, members: ReadonlySet<string>): Action[] {
  const { model, runtimes, deployments } = snapshot;
  const left = [
    ...[...runtimes]
      .filter(([, { spec }]) => spec.model === model.metadata.name)
      .map(([node, object]) => ({ node, object })),
    ...[...deployments].map(([node, { object }]) => ({ node, object })),
  ];
  return left
    .filter(({ node, object }) => !members.has(node) && object.metadata.deletionTimestamp === undefined)
    .flatMap(({ node, object }) => ofNode(node, [{ type: "Delete", target: targetOf(object) }]));
}

function deleteJob({ name, uid }: JobFact, namespace: string): Action {
  return { type: "Delete", target: { apiVersion: "batch/v1", kind: "Job", name, namespace, uid } };
}

function staleRecords({ snapshot }: Course, kept: ReadonlySet<string>): Action[] {
  const { runtimes, revisions, model } = snapshot;
  const inSlots = [...runtimes.values()].flatMap(({ spec: { slots } }) => [
    slots.active?.revision,
    slots.standby?.revision,
  ]);
  const used = new Set([...kept, ...inSlots]);
  const { namespace } = model.metadata;
  return revisions
    .filter(({ revision }) => !used.has(revision))
    .map(({ name, uid }) => ({
      type: "Delete",
      target: { apiVersion: "apps/v1", kind: "ControllerRevision", name, namespace, uid },
    }));
}
