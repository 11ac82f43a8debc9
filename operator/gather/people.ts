import { createHash } from "node:crypto";
import type { FaceGallery } from "../../crds/facegallery.ts";
import type { NodeRuntime, NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { pickObject } from "./metadata.ts";

/** Gives the list that is kept for an equal one. */
type Share = <List extends readonly object[]>(people: List) => List;

/** How many lists are remembered: galleries are few, and a list that changed is soon nowhere any more. */
const LIMIT = 64;

/**
 * Keeps equal lists of people once. A gallery of 10,000 people takes 3 MB, and the NodeRuntime of every node whose
 * cameras use it holds it again.
 */
export function sharePeople(): Share {
  const known = new Map<string, readonly object[]>();
  return <List extends readonly object[]>(people: List) => {
    const digest = createHash("sha256").update(JSON.stringify(people)).digest("base64url");
    const shared = known.get(digest) ?? people;
    known.delete(digest);
    known.set(digest, shared);
    if (known.size > LIMIT) known.delete(known.keys().next().value!);
    return shared as List;
  };
}

/** A FaceGallery as it is kept. */
export function pickGallery(gallery: FaceGallery, share: Share): FaceGallery {
  const { spec } = gallery;
  return { ...pickObject(gallery), spec: { ...spec, people: share(spec.people) } };
}

/** A NodeRuntime as it is kept: without its rates, which are for people and would wake the operator every minute. */
export function pickRuntime(runtime: NodeRuntime, share: Share): NodeRuntime {
  const { spec, status } = runtime;
  const galleries = spec.galleries?.map((gallery) => ({ ...gallery, people: share(gallery.people) }));
  return {
    ...pickObject(runtime),
    spec: { ...spec, ...(galleries && { galleries }) },
    ...(status && { status: withoutRates(status) }),
  };
}

function withoutRates({ rates: _, ...status }: NodeRuntimeStatus): NodeRuntimeStatus {
  return status;
}
