import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { SpecInput } from "../../crds/examples.ts";
import { FaceModel as kind } from "../../crds/facemodel.ts";
import { apiVersion } from "../../crds/kind.ts";

/** A FaceModel as a program writes it: the fields of its spec, checked by the compiler, any of which may come from elsewhere. */
export interface FaceModelArgs {
  metadata?: pulumi.Input<kubernetes.types.input.meta.v1.ObjectMeta>;
  spec: DeepInput<SpecInput<typeof kind>>;
}

/** A value whose parts may each be an output of another resource. */
export type DeepInput<T> = pulumi.Input<
  T extends readonly (infer Item)[]
    ? DeepInput<Item>[]
    : T extends object
      ? { [Field in keyof T]: DeepInput<T[Field]> }
      : T
>;

/** A FaceModel; let it depend on the FaceFleet that defines the kind. */
export class FaceModel extends kubernetes.apiextensions.CustomResource {
  constructor(name: string, { metadata, spec }: FaceModelArgs, options?: pulumi.CustomResourceOptions) {
    super(name, { apiVersion, kind: kind.kind, ...(metadata && { metadata }), spec }, options);
  }
}
