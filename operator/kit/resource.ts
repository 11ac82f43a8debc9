import type { KubeObject, ObjectRef } from "./object.ts";

declare const returns: unique symbol;

/** A kind as the API server serves it. `T` is what its objects look like; it exists for the compiler only. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The lower-case plural of the path, such as `configmaps`. */
  readonly plural: string;
  readonly kind: string;
  /** False for the cluster scope. */
  readonly namespaced: boolean;
  readonly [returns]?: T;
}

/** "group/version", or "version" for the core group: the apiVersion of the resource's objects. */
export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/**
 * The URL path of a collection (no name given) or of one object, with its subresource.
 *
 * @throws TypeError when a name is given without the namespace that the resource needs.
 */
export function pathOf(resource: Resource, at: Partial<ObjectRef> = {}, subresource?: string): string {
  if (resource.namespaced && at.name !== undefined && at.namespace === undefined) {
    throw new TypeError(`${resource.plural} "${at.name}": a namespace is needed, the resource is namespaced`);
  }
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const namespace = resource.namespaced && at.namespace !== undefined ? ["namespaces", at.namespace] : [];
  const object = at.name === undefined ? [] : [at.name];
  const steps = [...namespace, resource.plural, ...object, ...(subresource === undefined ? [] : [subresource])];
  return [root, resource.version, ...steps.map(encodeURIComponent)].join("/");
}
