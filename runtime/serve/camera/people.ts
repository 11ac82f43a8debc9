import { compose, type EmbeddingPart } from "../../faces/composition.ts";
import { matchFace } from "../../faces/gallery/match.ts";
import type { Match } from "../../pipeline/track/reading.ts";
import type { Slot } from "../slot/holder.ts";

/** How a slot's embeddings are compared, or undefined when it has none. */
export function embeddingRule({ analyzer }: Slot): Pick<EmbeddingPart, "metric" | "threshold"> | undefined {
  return compose(analyzer.manifest.networks).embedding;
}

/**
 * Finds people of a gallery by a slot's embeddings, or undefined where the slot has no such gallery. Templates are
 * looked up at each call: who is erased from the gallery is not recognized in a track that began before.
 */
export function matcherOf(slot: Slot, gallery: string | undefined): Match | undefined {
  const rule = embeddingRule(slot);
  if (gallery === undefined || rule === undefined || slot.galleries.get(gallery)?.gallery === undefined)
    return undefined;
  return (embedding) => {
    const templates = slot.galleries.get(gallery)?.gallery;
    const match = templates && matchFace(embedding, templates, rule);
    return match?.person === undefined ? undefined : { person: match.person, distance: match.distance };
  };
}
