import { labels } from "../../crds/annotations.ts";
import type { KubeObject } from "../kit/object.ts";
import type { RevisionRecord } from "../plan/snapshot.ts";

interface RawRecord extends KubeObject {
  data?: RevisionRecord["recipe"];
  revision: number;
}

/** A ControllerRevision as it is kept. */
export type RecordObject = KubeObject & { readonly fact: RevisionRecord };

/** @throws TypeError for a ControllerRevision of ours without a recipe, which the operator never writes. */
export function pickRecord(raw: RawRecord): RecordObject {
  const { apiVersion, kind, metadata, data, revision } = raw;
  if (data === undefined) throw new TypeError(`ControllerRevision ${metadata.name} has no recipe: delete it`);
  const name = metadata.labels?.[labels.revision] ?? "";
  return {
    apiVersion,
    kind,
    metadata,
    fact: { name: metadata.name, uid: metadata.uid, revision: name, number: revision, recipe: data },
  };
}
