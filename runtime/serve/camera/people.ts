import type { NetworkOutput } from "../../../crds/network.ts";
import { matchFace } from "../../faces/gallery/match.ts";
import type { Match } from "../../pipeline/track/reading.ts";
import type { Slot } from "../slot/holder.ts";

/** How a slot's embeddings are compared, or undefined when it has none. */
export function embeddingRule({
  analyzer,
}: Slot): { metric: NonNullable<NetworkOutput["metric"]>; threshold: number } | undefined {
  const outputs = analyzer.manifest.networks.flatMap(({ outputs }) => outputs);
  const embedding = outputs.find(({ role }) => role === "Embedding");
  if (embedding?.metric === undefined || embedding.threshold === undefined) return undefined;
  return { metric: embedding.metric, threshold: Number(embedding.threshold) };
}

/** Finds people of a gallery by a slot's embeddings, or undefined where the slot has no such gallery. */
export function matcherOf(slot: Slot, gallery: string | undefined): Match | undefined {
  const templates = gallery === undefined ? undefined : slot.galleries.get(gallery)?.gallery;
  const rule = embeddingRule(slot);
  if (templates === undefined || rule === undefined) return undefined;
  return (embedding) => {
    const match = matchFace(embedding, templates, rule);
    return match?.person === undefined ? undefined : { person: match.person, distance: match.distance };
  };
}
