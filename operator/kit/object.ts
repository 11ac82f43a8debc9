/** metav1.OwnerReference. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** metav1.FieldsV1: a set of field paths as a trie (structured-merge-diff, "Serialized format"). */
export interface FieldsV1 {
  readonly [step: string]: FieldsV1;
}

/** metav1.ManagedFieldsEntry: which fields one manager owns. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldsV1;
}

/** metav1.ObjectMeta as the API server returns it. Times are RFC 3339. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent for objects of the cluster scope. */
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Any object that the API server returns. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** Where an object is: its name and, unless it is of the cluster scope, its namespace. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** An object as somebody wants it: no uid, no resourceVersion. */
export interface DesiredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectRef;
}

/** "namespace/name", or "name" for the cluster scope: the key of caches and work queues. */
export function keyOf(object: { readonly metadata: ObjectRef }): string {
  return keyOfRef(object.metadata);
}

/** {@link keyOf} for a reference. */
export function keyOfRef({ namespace, name }: ObjectRef): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** The inverse of {@link keyOf}. Names and namespaces never contain a slash. */
export function parseKey(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** True while the object is being deleted and waits for its finalizers. */
export function isDeleting(object: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/**
 * Whether one resourceVersion of a resource is older than another. Since KEP-5504 clients may compare those of one
 * resource as integers; anything that is not one is taken as not older.
 */
export function isOlderVersion(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}
