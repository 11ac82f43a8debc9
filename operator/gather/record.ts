import { labels } from "../../crds/annotations.ts";
import type { KubeObject } from "../kit/object.ts";
import type { RevisionRecord } from "../plan/snapshot.ts";
import { pickMetadata } from "./metadata.ts";

/** A ControllerRevision of the apps API. */
interface RawRecord extends KubeObject {
  readonly data?: RevisionRecord["recipe"];
  readonly revision: number;
}

/** A ControllerRevision as it is kept. */
export type RecordObject = KubeObject & { readonly fact: RevisionRecord };

/** @throws TypeError for a ControllerRevision of ours without a recipe, which the operator never writes. */
export function pickRecord({ apiVersion, kind, metadata, data, revision }: RawRecord): RecordObject {
  const { name, uid } = metadata;
  if (data === undefined) throw new TypeError(`ControllerRevision ${name} has no recipe: delete it`);
  const of = metadata.labels?.[labels.revision] ?? "";
  return {
    apiVersion,
    kind,
    metadata: pickMetadata(metadata),
    fact: { name, uid, revision: of, number: revision, recipe: data },
  };
}
