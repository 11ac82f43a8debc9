import type { CameraStream } from "../../../crds/camerastream.ts";
import type { FaceGallery } from "../../../crds/facegallery.ts";
import type { FaceDataset } from "../../../crds/facedataset.ts";
import type { FaceModel } from "../../../crds/facemodel.ts";
import type { NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import { fingerprint } from "../canonical.ts";
import { isUnresolved, resolve } from "../resolve.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import type { SecretSource } from "./deployment.ts";

type Camera = NonNullable<NodeRuntimeSpec["cameras"]>[number];
type Gallery = NonNullable<NodeRuntimeSpec["galleries"]>[number];

/** Most cameras of a node. Source: NodeRuntime.spec.cameras. */
export const MOST_CAMERAS = 64;
/** Most galleries of a node. Source: NodeRuntime.spec.galleries. */
export const MOST_GALLERIES = 8;
/** Most people that a node is told of, in bytes of its NodeRuntime: etcd takes 1.5 MiB of an object by default. */
const MOST_BYTES = 1_200_000;
/** Bytes of a person besides what is said of them: who manages the fields, by the person's id. */
const BYTES_BESIDE = 64;

/** What of a node's cameras did not fit: the camera itself, or the gallery that it uses. */
export type Excess = "Camera" | "Gallery";

/** What a node looks at and whom it may recognize. */
export interface NodeSight {
  readonly cameras: readonly Camera[];
  /** Those that its cameras use, and no other: whoever takes the node learns of nobody else. */
  readonly galleries: readonly Gallery[];
  /** The gallery that probes are judged by. */
  readonly probeGallery?: string;
  readonly secrets: readonly SecretSource[];
  /** By camera, what is left out because the node has as many as it takes already. */
  readonly excess: ReadonlyMap<string, Excess>;
}

/** Cameras and galleries by node, read off the snapshot once. */
export interface Sights {
  of(node: string): NodeSight;
}

/** Galleries, and the datasets of their pictures, by name. */
export interface People {
  readonly galleries: ReadonlyMap<string, FaceGallery>;
  readonly datasets: ReadonlyMap<string, FaceDataset>;
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
  const usable = usableGalleries(snapshot);
  const isJudged = judgesIdentity(snapshot.model);
  const byNode = Map.groupBy(snapshot.cameras, ({ spec }) => spec.nodeName);
  return { of: (node) => viewOf(byNode.get(node) ?? [], usable, isJudged) };
}

/** What a node sees by the cameras that name it and its model; of `people` only what they name needs to be there. */
export function sightOf(cameras: readonly CameraStream[], people: People): NodeSight {
  return viewOf(cameras, usableGalleries(people), false);
}

/** A gallery as nodes get it. */
interface Usable {
  readonly gallery: Gallery;
  readonly key: SecretSource;
  /** How much of a NodeRuntime it takes. */
  readonly bytes: number;
}

/** Galleries whose pictures may be used; the others are a condition of theirs, and recognize nobody. */
function usableGalleries({ galleries, datasets }: People): Map<string, Usable> {
  const usable = [...galleries].flatMap(([name, gallery]): [string, Usable][] => {
    const dataset = resolve(
      { field: "spec.datasetRef", dataset: gallery.spec.datasetRef.name, purpose: "Enrollment" },
      datasets,
    );
    if (isUnresolved(dataset) || gallery.metadata.deletionTimestamp !== undefined) return [];
    const version = galleryVersion(gallery, dataset.source.digest);
    const people = peopleOf(gallery);
    const bytes = JSON.stringify(people).length + people.length * BYTES_BESIDE;
    return [[name, { gallery: { name, version, dataset, people }, key: keyOf(gallery), bytes }]];
  });
  return new Map(usable);
}

/** Whether the online gate judges the identity of probes. */
function judgesIdentity({ spec }: FaceModel): boolean {
  const { probes, checks } = spec.gates.online;
  return probes !== undefined && checks.some(({ metric }) => metric === "ProbeIdentity");
}

function viewOf(cameras: readonly CameraStream[], usable: ReadonlyMap<string, Usable>, isJudged: boolean): NodeSight {
  const { admitted, galleries, excess } = admit(cameras, usable);
  const sorted = admitted.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const names = [...galleries].toSorted();
  const [first] = names;
  return {
    cameras: sorted.map((camera) => cameraOf(camera, galleries)),
    galleries: names.map((name) => usable.get(name)!.gallery),
    ...(isJudged && first !== undefined && { probeGallery: first }),
    secrets: [...sorted.flatMap(credentialsOf), ...names.map((name) => usable.get(name)!.key)],
    excess,
  };
}

/** Takes cameras and their galleries for as long as there is room, those that were there first before the others. */
function admit(cameras: readonly CameraStream[], usable: ReadonlyMap<string, Usable>) {
  const wanted = cameras.filter(({ spec, metadata }) => !spec.suspend && metadata.deletionTimestamp === undefined);
  const byAge = wanted.toSorted((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
  const admitted = byAge.slice(0, MOST_CAMERAS);
  const excess = new Map(byAge.slice(MOST_CAMERAS).map(({ metadata }): [string, Excess] => [metadata.name, "Camera"]));
  const galleries = new Set<string>();
  let room = MOST_BYTES;
  for (const { metadata, spec } of admitted) {
    const name = spec.galleryRef?.name;
    const found = name === undefined ? undefined : usable.get(name);
    if (found === undefined || galleries.has(found.gallery.name)) continue;
    if (galleries.size === MOST_GALLERIES || found.bytes > room) {
      excess.set(metadata.name, "Gallery");
    } else {
      galleries.add(found.gallery.name);
      room -= found.bytes;
    }
  }
  return { admitted, galleries, excess };
}

function ageOf({ metadata: { creationTimestamp, name } }: CameraStream): string {
  return `${creationTimestamp} ${name}`;
}

/** A camera without its gallery recognizes nobody, and goes on with what else it may infer. */
function cameraOf({ metadata, spec }: CameraStream, galleries: ReadonlySet<string>): Camera {
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
