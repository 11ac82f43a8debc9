import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import { makeGallery, type Gallery } from "../../faces/gallery/gallery.ts";

export type GallerySpec = NonNullable<NodeRuntimeSpec["galleries"]>[number];
export type GalleryStatus = NonNullable<NodeRuntimeStatus["galleries"]>[number];

/** A gallery as one slot's engines embedded it, or why there is none. */
export type LoadedGallery = GalleryStatus & { readonly gallery?: Gallery };

/** Galleries of a slot by name. */
export type LoadedGalleries = Map<string, LoadedGallery>;

/** Whether a slot has a gallery as it is wanted; one that lacks people of whom no face was found is as good as it gets. */
export function isCurrent({ version }: GallerySpec, loaded: LoadedGallery | undefined): boolean {
  return loaded?.version === version && loaded.gallery !== undefined;
}

/**
 * Takes out who is no longer in a gallery, and galleries that are no longer wanted: what can be done at once, before new
 * people are embedded.
 */
export function forgetErased(loaded: LoadedGalleries, wanted: readonly GallerySpec[]): void {
  for (const [name, { gallery, ...status }] of loaded) {
    const spec = wanted.find((each) => each.name === name);
    if (spec === undefined) {
      loaded.delete(name);
      continue;
    }
    const kept = gallery && keepListed(gallery, spec);
    if (kept !== undefined && kept !== gallery)
      loaded.set(name, { ...status, people: kept.people.length, gallery: kept });
  }
}

/** A gallery without the people whom its spec does not list; the same one when it has none. */
export function keepListed(gallery: Gallery, spec: Pick<GallerySpec, "people">): Gallery {
  const listed = new Set(spec.people.map(({ id }) => id));
  if (gallery.people.every((person) => listed.has(person))) return gallery;
  const { people, owners, templates, dimensions } = gallery;
  const enrollments = people.map((person, index) => {
    const own = [...owners.keys()].filter((k) => owners[k] === index);
    return { person, templates: own.map((k) => templates.slice(k * dimensions, (k + 1) * dimensions)) };
  });
  return makeGallery(enrollments.filter(({ person }) => listed.has(person)));
}
