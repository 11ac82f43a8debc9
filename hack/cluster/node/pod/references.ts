import type { Container, Pod, Volume, VolumeProjection } from "../../api/wire.ts";

/** A ConfigMap or Secret in the pod's namespace. */
export interface Reference {
  kind: "ConfigMap" | "Secret";
  name: string;
}

/** What a ConfigMap or Secret holds: the bytes of each key. */
export type Contents = ReadonlyMap<string, Buffer>;

/** Looks a ConfigMap or Secret up: undefined if it does not exist. */
export type Lookup = (reference: Reference) => Contents | undefined;

/** A container or a volume cannot be set up yet. `message` says what is missing, as a kubelet words it. */
export class MissingReferenceError extends Error {
  override name = "MissingReferenceError";
}

/** Every ConfigMap and Secret that a pod's volumes and environment name, each once. */
export function referencesOf(pod: Pod): Reference[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const all = [...(pod.spec.volumes ?? []).flatMap(referencesOfVolume), ...containers.flatMap(referencesOfContainer)];
  return [...new Map(all.map((each) => [keyOf(each), each])).values()];
}

export function keyOf(reference: Reference): string {
  return `${reference.kind}/${reference.name}`;
}

/** What a key holds; undefined if it, or its object, is missing but optional. */
export function lookUpKey(
  lookup: Lookup,
  reference: Reference,
  selector: { key: string; optional?: boolean },
): Buffer | undefined {
  const contents = lookup(reference);
  const value = contents?.get(selector.key);
  if (value !== undefined || selector.optional) return value;
  const what = reference.kind.toLowerCase();
  if (!contents) throw new MissingReferenceError(`${what} "${reference.name}" not found`);
  throw new MissingReferenceError(`couldn't find key ${selector.key} in ${reference.kind} ${reference.name}`);
}

/** All that an object holds; undefined if it is missing but optional. */
export function lookUpAll(lookup: Lookup, reference: Reference, optional: boolean | undefined): Contents | undefined {
  const contents = lookup(reference);
  if (contents || optional) return contents;
  throw new MissingReferenceError(`${reference.kind.toLowerCase()} "${reference.name}" not found`);
}

function referencesOfVolume(volume: Volume): Reference[] {
  return [
    ...configMap(volume.configMap?.name),
    ...secret(volume.secret?.secretName),
    ...(volume.projected?.sources ?? []).flatMap(referencesOfProjection),
  ];
}

function referencesOfProjection(source: VolumeProjection): Reference[] {
  return [...configMap(source.configMap?.name), ...secret(source.secret?.name)];
}

function referencesOfContainer(container: Container): Reference[] {
  return [
    ...(container.env ?? []).flatMap(({ valueFrom }) => [
      ...configMap(valueFrom?.configMapKeyRef?.name),
      ...secret(valueFrom?.secretKeyRef?.name),
    ]),
    ...(container.envFrom ?? []).flatMap((source) => [
      ...configMap(source.configMapRef?.name),
      ...secret(source.secretRef?.name),
    ]),
  ];
}

function configMap(name: string | undefined): Reference[] {
  return name ? [{ kind: "ConfigMap", name }] : [];
}

function secret(name: string | undefined): Reference[] {
  return name ? [{ kind: "Secret", name }] : [];
}
