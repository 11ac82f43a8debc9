import type { z } from "zod";
import type { Rule } from "./shared.ts";

/** API group of every kind of ours. */
export const group = "facefleet.dev";
/** Version of every kind of ours. */
export const version = "v1alpha1";
/** apiVersion of every object of ours. */
export const apiVersion = `${group}/${version}` as const;

/** A column of `kubectl get`. `priority` 1 shows it under `-o wide` only. */
export interface Column {
  name: string;
  jsonPath: string;
  type: "string" | "integer" | "date" | "boolean";
  description: string;
  priority?: 0 | 1;
}

/** A kind, written once: its CRD, its reference page and its TypeScript types are derived from this. */
export interface Kind<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  /** Names that `kubectl get` takes for a group of kinds. */
  categories: readonly string[];
  /** What it is, for `kubectl explain` and the reference page. */
  description: string;
  spec: Spec;
  status: Status;
  columns: readonly Column[];
  /** CEL rules over the whole object. */
  rules?: readonly Rule[];
}

/** Keeps the inferred types of `spec` and `status` while checking the shape. */
export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>(
  kind: Kind<Spec, Status>,
): Kind<Spec, Status> {
  return kind;
}

/** Metadata that our objects carry when they come from the API server. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
}

/** metav1.OwnerReference: what an object goes with. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** An object of a kind as the API server gives it. */
export interface Resource<Spec, Status> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: Spec;
  status?: Status;
}

/** The object type of a kind: `ObjectOf<typeof FaceModel>`. */
export type ObjectOf<K extends Kind> = Resource<z.infer<K["spec"]>, z.infer<K["status"]>>;

/** Ready, its reason and age: the columns that close every table. */
export const readyColumns: readonly Column[] = [
  {
    name: "Ready",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: "Whether it does what its spec asks for.",
  },
  {
    name: "Reason",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    description: "Why it is ready or not.",
  },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Time since creation." },
];

/** The sentence behind Ready, for `-o wide`. */
export const messageColumn: Column = {
  name: "Message",
  type: "string",
  jsonPath: '.status.conditions[?(@.type=="Ready")].message',
  description: "The reason as a sentence.",
  priority: 1,
};
