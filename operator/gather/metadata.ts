import { group } from "../../crds/kind.ts";
import type { KubeObject, ObjectMeta } from "../kit/object.ts";

/**
 * Metadata as far as it is used: not who manages which field, which for a gallery is as long as the gallery, nor what
 * other tools note down.
 */
export function pickMetadata<Meta extends ObjectMeta>(metadata: Meta): Meta {
  const { managedFields: _, annotations = {}, ...kept } = metadata;
  const ours = Object.entries(annotations).filter(([name]) => name.startsWith(`${group}/`));
  return { ...kept, ...(ours.length > 0 && { annotations: Object.fromEntries(ours) }) } as Meta;
}

/** The name of the object of a kind that controls this one; labels cannot hold every name. */
export function ownerOf({ metadata }: KubeObject, kind: string): string | undefined {
  return metadata.ownerReferences?.find((owner) => owner.kind === kind && owner.controller === true)?.name;
}

/** An object of ours as it is kept: all but what {@link pickMetadata} leaves out. */
export function pickObject<T extends KubeObject>(object: T): T {
  return { ...object, metadata: pickMetadata(object.metadata) };
}

/** Objects by their names. */
export function byName<T extends KubeObject>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}
