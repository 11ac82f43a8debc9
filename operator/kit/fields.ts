import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "./object.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

const NOTHING: FieldsV1 = {};

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether two JSON values are the same; the order of keys does not matter. */
export function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

/** The steps of a field set that select items of a list by their keys: `k:{"name":"main"}`. */
function keySteps(owned: FieldsV1): { readonly key: JsonObject; readonly within: FieldsV1 }[] {
  return Object.entries(owned)
    .filter(([step]) => step.startsWith("k:"))
    .map(([step, within]) => ({ key: JSON.parse(step.slice(2)) as JsonObject, within }));
}

/** Whether a list item has this key. A key field that the item leaves out is one that the server fills in. */
function hasKey(item: Json, key: JsonObject): boolean {
  if (!isObject(item)) return false;
  const given = Object.entries(key).filter(([name]) => Object.hasOwn(item, name));
  return given.length > 0 && given.every(([name, value]) => isEqual(item[name], value));
}

/** What one manager has applied to an object, or to one of its subresources. `undefined` when it never has. */
export function ownedFields(live: KubeObject, manager: string, subresource = ""): FieldsV1 | undefined {
  const isOurs = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === manager && entry.operation === "Apply" && (entry.subresource ?? "") === subresource;
  return live.metadata.managedFields?.find(isOurs)?.fieldsV1;
}

/** Whether every field owned is still wanted, so that applying `desired` would remove none. */
export function coversOwned(owned: FieldsV1, desired: Json | undefined): boolean {
  return Object.entries(owned).every(([step, within]) => {
    if (step === ".") return true;
    const rest = step.slice(2);
    switch (step.slice(0, 2)) {
      case "f:":
        return isObject(desired) && Object.hasOwn(desired, rest) && coversOwned(within, desired[rest]);
      case "k:": {
        if (!isList(desired)) return false;
        const item = desired.find((candidate) => hasKey(candidate, JSON.parse(rest) as JsonObject));
        return item !== undefined && coversOwned(within, item);
      }
      case "v:":
        return isList(desired) && desired.some((item) => isEqual(item, JSON.parse(rest) as Json));
      default:
        return isList(desired) && desired.length > Number(rest);
    }
  });
}

/**
 * Whether every field wanted is in the live value with the value wanted. Where the field set tells that a list is a
 * map, its items are found by key; other lists must have the same items in the same places, each of which may carry
 * more fields than wanted: the server's defaults.
 */
export function isSatisfied(desired: Json, live: Json | undefined, owned: FieldsV1 = NOTHING): boolean {
  if (isObject(desired)) {
    return (
      isObject(live) &&
      Object.entries(desired).every(([key, value]) => isSatisfied(value, live[key], owned[`f:${key}`] ?? NOTHING))
    );
  }
  if (!isList(desired)) return desired === live;
  if (!isList(live)) return false;
  const keys = keySteps(owned);
  if (keys.length === 0) return hasItems(desired, live);
  return desired.every((item) => {
    const step = keys.find(({ key }) => hasKey(item, key));
    const found = step && live.find((candidate) => hasKey(candidate, step.key));
    return step !== undefined && found !== undefined && isSatisfied(item, found, step.within);
  });
}

function hasItems(desired: readonly Json[], live: readonly Json[]): boolean {
  return desired.length === live.length && desired.every((item, index) => isSatisfied(item, live[index]));
}

/** The part of the live value that `desired` speaks of: its fields, and its lists as a whole. */
export function project(desired: Json, live: Json | undefined): Json {
  if (!isObject(desired) || !isObject(live)) return live ?? null;
  return Object.fromEntries(Object.keys(desired).map((key) => [key, project(desired[key]!, live[key])]));
}
