import { createHash } from "node:crypto";
import type { FaceGallery } from "../../crds/facegallery.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import { pickObject } from "./metadata.ts";

type People = FaceGallery["spec"]["people"];

/** How many lists are remembered: galleries are few, and a list that changed is soon nowhere any more. */
const LIMIT = 64;

/**
 * Keeps equal lists of people once. A gallery of 10,000 people takes 3 MB, and the NodeRuntime of every node whose
 * cameras use it holds it again.
 */
export function sharePeople(): (people: People) => People {
  const known = new Map<string, People>();
  return (people) => {
    const digest = createHash("sha256").update(JSON.stringify(people)).digest("base64url");
    const shared = known.get(digest) ?? people;
    known.delete(digest);
    known.set(digest, shared);
    if (known.size > LIMIT) known.delete(known.keys().next().value!);
    return shared;
  };
}

/** A FaceGallery as it is kept. */
export function pickGallery(gallery: FaceGallery, share: (people: People) => People): FaceGallery {
  const { spec } = gallery;
  return { ...pickObject(gallery), spec: { ...spec, people: share(spec.people) } };
}

/** A NodeRuntime as it is kept. */
export function pickRuntime(runtime: NodeRuntime, share: (people: People) => People): NodeRuntime {
  const { spec } = runtime;
  const galleries = spec.galleries?.map((gallery) => ({ ...gallery, people: share(gallery.people) }));
  return { ...pickObject(runtime), spec: { ...spec, ...(galleries && { galleries }) } };
}
