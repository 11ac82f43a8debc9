import type { EmbeddingPart } from "../../faces/composition.ts";
import { matchFace } from "../../faces/gallery/match.ts";
import type { Match } from "../../pipeline/track/reading.ts";
import type { Slot } from "../slot/holder.ts";

/** How embeddings are compared. */
export type EmbeddingRule = Pick<EmbeddingPart, "metric" | "threshold">;

/**
 * Says whose an embedding is by a slot's own templates of a gallery; undefined where no identity may be inferred. The
 * templates are looked up at each call: who is erased from the gallery is not recognized in a track that began before,
 * and while the gallery is not loaded nobody is called unknown.
 */
export function matcherOf(slot: Slot, gallery: string | undefined): Match | undefined {
  const rule = slot.embedding;
  if (gallery === undefined || rule === undefined) return undefined;
  return (embedding) => {
    const templates = slot.galleries.get(gallery)?.gallery;
    if (templates === undefined) return undefined;
    const match = matchFace(embedding, templates, rule);
    return match?.person === undefined
      ? { known: false }
      : { known: true, person: match.person, distance: match.distance };
  };
}
