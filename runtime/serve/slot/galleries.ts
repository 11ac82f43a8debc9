import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Gallery } from "../../faces/gallery/gallery.ts";

export type GallerySpec = NonNullable<NodeRuntimeSpec["galleries"]>[number];
export type GalleryStatus = NonNullable<NodeRuntimeStatus["galleries"]>[number];

/** A gallery as one slot's engines embedded it, or why there is none. */
export type LoadedGallery = GalleryStatus & { readonly gallery?: Gallery };

/** Galleries of a slot by name. */
export type LoadedGalleries = Map<string, LoadedGallery>;
