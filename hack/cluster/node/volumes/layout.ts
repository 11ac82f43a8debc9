import type { DownwardApiFile, KeyToPath, Pod, Volume, VolumeProjection } from "../../api/wire.ts";
import { fieldValue, type PodPlacement, resourceValue } from "../pod/downward.ts";
import { type Contents, type Lookup, lookUpAll, MissingReferenceError, type Reference } from "../pod/references.ts";

/** One file of a volume. */
export interface VolumeFile {
  content: Buffer;
  /** Permission bits. */
  mode: number;
}

/** The files of a volume by their path within it. */
export type VolumeFiles = Map<string, VolumeFile>;

export interface LayoutInputs {
  pod: Pod;
  placement: PodPlacement;
  lookup: Lookup;
  /** The token a projection asked for: {@link tokenKey} names it. Undefined if there is none yet. */
  token: (key: string) => string | undefined;
}

const kubernetesDefaultMode = 0o644;

/**
 * The files of a volume that is made of objects of the API: configMap, secret, downwardAPI or projected.
 * @returns undefined if the volume is of another type.
 * @throws MissingReferenceError if something that it needs is missing.
 */
export function volumeFiles(volume: Volume, inputs: LayoutInputs): VolumeFiles | undefined {
  if (volume.configMap) {
    const { name = "", items, optional, defaultMode } = volume.configMap;
    return pick({ kind: "ConfigMap", name }, { items, optional, defaultMode }, inputs.lookup);
  }
  if (volume.secret) {
    const { secretName: name = "", items, optional, defaultMode } = volume.secret;
    return pick({ kind: "Secret", name }, { items, optional, defaultMode }, inputs.lookup);
  }
  if (volume.downwardAPI) return downwardFiles(volume.downwardAPI.items, volume.downwardAPI.defaultMode, inputs);
  if (!volume.projected) return undefined;
  const { sources, defaultMode } = volume.projected;
  // The API server gives no sources as null.
  return new Map((sources ?? []).flatMap((source) => [...projectedFiles(source, defaultMode, inputs)]));
}

/** Names a token by what it was asked to be, so that two projections that ask the same share it. */
export function tokenKey(source: { audience?: string; expirationSeconds?: number }): string {
  return JSON.stringify([source.audience ?? "", source.expirationSeconds ?? 3600]);
}

function projectedFiles(source: VolumeProjection, defaultMode: number | undefined, inputs: LayoutInputs): VolumeFiles {
  if (source.configMap) {
    const { name = "", items, optional } = source.configMap;
    return pick({ kind: "ConfigMap", name }, { items, optional, defaultMode }, inputs.lookup);
  }
  if (source.secret) {
    const { name = "", items, optional } = source.secret;
    return pick({ kind: "Secret", name }, { items, optional, defaultMode }, inputs.lookup);
  }
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items, defaultMode, inputs);
  if (source.serviceAccountToken) {
    const token = inputs.token(tokenKey(source.serviceAccountToken));
    if (token === undefined) throw new MissingReferenceError("the service account token has not been issued yet");
    return new Map([[source.serviceAccountToken.path, { content: Buffer.from(token), mode: defaultMode ?? 0o600 }]]);
  }
  throw new MissingReferenceError("a projected volume has a source that a process node does not know");
}

interface Selection {
  items: KeyToPath[] | undefined;
  optional: boolean | undefined;
  defaultMode: number | undefined;
}

function pick(reference: Reference, selection: Selection, lookup: Lookup): VolumeFiles {
  const contents = lookUpAll(lookup, reference, selection.optional);
  const mode = selection.defaultMode ?? kubernetesDefaultMode;
  if (!contents) return new Map();
  if (!selection.items) return new Map([...contents].map(([key, content]) => [key, { content, mode }]));
  return new Map(selection.items.flatMap((item) => pickItem(item, contents, reference, selection.optional, mode)));
}

function pickItem(
  item: KeyToPath,
  contents: Contents,
  reference: Reference,
  optional: boolean | undefined,
  defaultMode: number,
): [string, VolumeFile][] {
  const content = contents.get(item.key);
  if (content) return [[item.path, { content, mode: item.mode ?? defaultMode }]];
  if (optional) return [];
  throw new MissingReferenceError(`${reference.kind.toLowerCase()} "${reference.name}" has no key ${item.key}`);
}

function downwardFiles(
  items: DownwardApiFile[] = [],
  defaultMode: number | undefined,
  inputs: LayoutInputs,
): VolumeFiles {
  return new Map(
    items.map((item) => {
      const value = item.fieldRef
        ? fieldValue(item.fieldRef, inputs.pod, inputs.placement)
        : item.resourceFieldRef && resourceValue(item.resourceFieldRef, inputs.pod, inputs.placement);
      if (value === undefined) throw new MissingReferenceError(`downward API file ${item.path} has no known source`);
      return [item.path, { content: Buffer.from(value), mode: item.mode ?? defaultMode ?? kubernetesDefaultMode }];
    }),
  );
}
