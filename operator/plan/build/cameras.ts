import type { CameraStream } from "../../../crds/camerastream.ts";
import type { FaceGallery } from "../../../crds/facegallery.ts";
import type { FaceModel } from "../../../crds/facemodel.ts";
import type { NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import { fingerprint } from "../canonical.ts";
import { isUnresolved, resolve } from "../resolve.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import type { SecretSource } from "./deployment.ts";

type Camera = NonNullable<NodeRuntimeSpec["cameras"]>[number];
type Gallery = NonNullable<NodeRuntimeSpec["galleries"]>[number];

/** What a node looks at and whom it may recognize. */
export interface NodeSight {
  readonly cameras: readonly Camera[];
  readonly galleries: readonly Gallery[];
  /** The gallery that probes are judged by. */
  readonly probeGallery?: string;
  readonly secrets: readonly SecretSource[];
}

/** Cameras and galleries by node, read off the snapshot once. */
export interface Sights {
  of(node: string): NodeSight;
}

/**
 * The version of a gallery: a hash of the people, the pictures and the name of the key. Not of the dataset's name or
 * address, which decide nothing.
 */
export function galleryVersion({ spec }: FaceGallery, digest: string): string {
  return fingerprint({ people: peopleOf({ spec }), digest, key: spec.keySecretRef }, 12);
}

/** What a node needs to know of people: not where their consent is recorded, which is nobody's business on a device. */
function peopleOf({ spec }: Pick<FaceGallery, "spec">): Gallery["people"] {
  return spec.people.map(({ id, label }) => ({ id, ...(label !== undefined && { label }) }));
}

/** Sorts the cameras and galleries of a model by node. */
export function sightsOf(snapshot: ModelSnapshot): Sights {
  const galleries = usableGalleries(snapshot);
  const byNode = Map.groupBy(
    snapshot.cameras.filter(({ spec, metadata }) => !spec.suspend && metadata.deletionTimestamp === undefined),
    ({ spec }) => spec.nodeName,
  );
  const fallback = needsGallery(snapshot.model) ? firstUsed(snapshot.cameras, galleries) : undefined;
  return { of: (node) => viewOf(byNode.get(node) ?? [], galleries, { snapshot, fallback }) };
}

/** Galleries whose pictures may be used; the others are a condition of theirs, and recognize nobody. */
function usableGalleries({ galleries, datasets }: ModelSnapshot): Map<string, Gallery> {
  const usable = [...galleries].flatMap(([name, gallery]): [string, Gallery][] => {
    const dataset = resolve(
      { field: "spec.datasetRef", dataset: gallery.spec.datasetRef.name, purpose: "Enrollment" },
      datasets,
    );
    if (isUnresolved(dataset) || gallery.metadata.deletionTimestamp !== undefined) return [];
    const version = galleryVersion(gallery, dataset.source.digest);
    return [[name, { name, version, dataset, people: peopleOf(gallery) }]];
  });
  return new Map(usable);
}

/** Whether the online gate judges the identity of probes. */
function needsGallery({ spec }: FaceModel): boolean {
  const { probes, checks } = spec.gates.online;
  return probes !== undefined && checks.some(({ metric }) => metric === "ProbeIdentity");
}

function firstUsed(cameras: readonly CameraStream[], galleries: ReadonlyMap<string, Gallery>): string | undefined {
  const names = cameras.flatMap(({ spec }) => spec.galleryRef?.name ?? []);
  return names.filter((name) => galleries.has(name)).toSorted()[0];
}

interface Surroundings {
  readonly snapshot: ModelSnapshot;
  /** A node whose cameras recognize nobody judges probes by this gallery. */
  readonly fallback: string | undefined;
}

function viewOf(
  cameras: readonly CameraStream[],
  galleries: ReadonlyMap<string, Gallery>,
  { snapshot, fallback }: Surroundings,
): NodeSight {
  const sorted = cameras.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const used = sorted.flatMap(({ spec }) => spec.galleryRef?.name ?? []).filter((name) => galleries.has(name));
  const probeGallery = needsGallery(snapshot.model) ? (used.toSorted()[0] ?? fallback) : undefined;
  const names = [...new Set([...used, ...(probeGallery === undefined ? [] : [probeGallery])])].toSorted();
  return {
    cameras: sorted.map((camera) => cameraOf(camera, galleries)),
    galleries: names.map((name) => galleries.get(name)!),
    ...(probeGallery !== undefined && { probeGallery }),
    secrets: [...sorted.flatMap(credentialsOf), ...names.map((name) => keyOf(snapshot.galleries.get(name)!))],
  };
}

/** A camera without its gallery recognizes nobody, and goes on with what else it may infer. */
function cameraOf({ metadata, spec }: CameraStream, galleries: ReadonlyMap<string, Gallery>): Camera {
  const gallery = spec.galleryRef?.name;
  const isKnown = gallery !== undefined && galleries.has(gallery);
  return {
    name: metadata.name,
    source: spec.source,
    credentials: spec.credentialsSecretRef !== undefined,
    ...(isKnown && { gallery }),
    maxFramesPerSecond: spec.maxFramesPerSecond,
    ...(spec.regions && { regions: spec.regions }),
    ...(spec.privacyMasks && { privacyMasks: spec.privacyMasks }),
    infer: { ...spec.infer, identity: spec.infer.identity && isKnown },
    sinks: spec.sinks,
  };
}

function credentialsOf({ metadata, spec }: CameraStream): SecretSource[] {
  if (spec.credentialsSecretRef === undefined) return [];
  const folder = `credentials/${metadata.name}`;
  const items = ["username", "password"].map((key) => ({ key, path: `${folder}/${key}` }));
  return [{ secret: spec.credentialsSecretRef.name, items }];
}

function keyOf({ metadata, spec }: FaceGallery): SecretSource {
  const { name, key } = spec.keySecretRef;
  return { secret: name, items: [{ key, path: `galleries/${metadata.name}/key` }] };
}
