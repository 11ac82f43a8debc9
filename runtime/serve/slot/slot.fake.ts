import { makeGallery } from "../../faces/gallery/gallery.ts";
import type { Analyzer } from "../../pipeline/analyzer.ts";
import type { LoadedGallery } from "./galleries.ts";
import type { Slot } from "./holder.ts";

/** Distance at which the embeddings of these slots are one person's. */
const threshold = 2;

/** A gallery whose people have one template of one number each. */
export function lineGallery(people: Readonly<Record<string, number>>, version = "v1"): LoadedGallery {
  const enrollments = Object.entries(people).map(([person, at]) => ({ person, templates: [Float32Array.of(at)] }));
  return { name: "staff", version, people: enrollments.length, gallery: makeGallery(enrollments) };
}

/** A slot without engines, for what only looks at its revision and galleries; ann is at 0 and ben at 10 of a line. */
export function bareSlot(
  revision: string,
  gallery: LoadedGallery | undefined = lineGallery({ ann: 0, ben: 10 }),
): Slot {
  return {
    revision: { revision, engineKey: `key-${revision}` },
    analyzer: {} as Analyzer,
    embedding: { metric: "L2", threshold },
    galleries: new Map([["staff", gallery]]),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
