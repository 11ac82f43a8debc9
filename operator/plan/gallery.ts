import type { Action } from "./action.ts";
import { galleryVersion } from "./build/cameras.ts";
import { isUnresolved, resolve } from "./resolve.ts";
import type { GallerySnapshot } from "./snapshot.ts";
import type { Judgment } from "./status/conditions.ts";
import { publish, statusOf } from "./status/publish.ts";

/** Says of a FaceGallery which version it is in, and which nodes hold that version. */
export function planGallery(snapshot: GallerySnapshot, now: number): Action[] {
  const { gallery, dataset, runtimes } = snapshot;
  if (gallery.metadata.deletionTimestamp !== undefined) return [];
  const name = gallery.spec.datasetRef.name;
  const found = resolve(
    { field: "spec.datasetRef", dataset: name, purpose: "Enrollment" },
    new Map(dataset === undefined ? [] : [[name, dataset]]),
  );
  const people = gallery.spec.people.length;
  if (isUnresolved(found)) {
    const fields = { people, nodes: runtimes.length, nodesCurrent: 0 };
    return publish(gallery, statusOf(gallery, fields, { state: "Stalled", ...found }, now));
  }
  const version = galleryVersion(gallery, found.source.digest);
  const held = runtimes.map((runtime) =>
    runtime.status?.galleries?.find((each) => each.name === gallery.metadata.name),
  );
  const current = held.filter((each) => each?.version === version && each.message === undefined);
  const trouble = held.find((each) => each?.message !== undefined)?.message;
  const fields = { version, people, nodes: runtimes.length, nodesCurrent: current.length };
  return publish(gallery, statusOf(gallery, fields, judge(fields, trouble), now));
}

function judge(
  { people, nodes, nodesCurrent }: { people: number; nodes: number; nodesCurrent: number },
  trouble?: string,
): Judgment {
  if (nodes === 0) return { state: "Ready", reason: "NotUsed", message: `${people} people; no node's camera uses it` };
  if (trouble !== undefined) return { state: "Stalled", reason: "Incomplete", message: trouble };
  if (nodesCurrent < nodes) {
    return {
      state: "Reconciling",
      reason: "Embedding",
      message: `${nodesCurrent} of ${nodes} nodes hold this version`,
    };
  }
  return { state: "Ready", reason: "Current", message: `${people} people on ${nodes} of ${nodes} nodes` };
}
