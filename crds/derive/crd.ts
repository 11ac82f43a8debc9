import { group, version, type Column, type Kind } from "../kind.ts";
import { structuralSchema } from "./lower.ts";
import { flawsOf } from "./rules.ts";
import { SchemaError, type StructuralSchema } from "./schema.ts";

/** A CustomResourceDefinition as far as ours go. Source: Kubernetes API, apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition {
  apiVersion: "apiextensions.k8s.io/v1";
  kind: "CustomResourceDefinition";
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    group: string;
    scope: "Namespaced";
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: readonly string[];
      categories: readonly string[];
    };
    versions: readonly {
      name: string;
      served: true;
      storage: true;
      subresources: { status: Record<string, never> };
      additionalPrinterColumns: readonly Column[];
      schema: { openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** The name of a kind's CRD: `facemodels.facefleet.dev`. */
export function crdName(kind: Kind): string {
  return `${kind.plural}.${group}`;
}

/**
 * The CRD of a kind.
 *
 * @throws SchemaError with every flaw of the kind's schema, each with its path and what to change.
 */
export function crdOf(kind: Kind): CustomResourceDefinition {
  const { plural, singular, shortNames, categories } = kind;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crdName(kind) },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural, singular, shortNames, categories },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

/** The schema of a whole object: the fields all Kubernetes objects have, and the kind's own. */
export function objectSchema(kind: Kind): StructuralSchema {
  const spec = structuralSchema(kind.spec, `${kind.kind}.spec`);
  const status = structuralSchema(kind.status, `${kind.kind}.status`);
  const flaws = [...flawsOf(spec, `${kind.kind}.spec`, "spec"), ...flawsOf(status, `${kind.kind}.status`, "status")];
  if (flaws.length > 0) throw new SchemaError(kind.kind, flaws.join("\n"));
  return {
    description: kind.description,
    type: "object",
    ...(kind.rules && { "x-kubernetes-validations": kind.rules }),
    required: ["spec"],
    properties: {
      apiVersion: { description: `${group}/${version}.`, type: "string" },
      kind: { description: `${kind.kind}.`, type: "string" },
      metadata: { type: "object" },
      spec: { description: `What is wanted of the ${kind.kind}.`, ...spec },
      status: { description: `What was found of the ${kind.kind}; written by FaceFleet.`, ...status },
    },
  };
}
