import type { FaceModel } from "../../../crds/facemodel.ts";
import type { Desired } from "../action.ts";
import { nameOf } from "../name.ts";
import type { Recipe } from "../revision.ts";
import { labelsFor, ownedBy } from "./owner.ts";

/** Name of the record of a revision. */
export function recordName(model: string, revision: string): string {
  return nameOf(model, revision);
}

/**
 * The record of a revision: how it is built is known for as long as a node may run it, whatever spec says by then. It
 * is immutable, as the API server sees to.
 *
 * @param number counts the model's revisions in the order in which they came.
 */
export function buildRecord(
  model: FaceModel,
  { revision, recipe, number }: { revision: string; recipe: Recipe; number: number },
): Desired & { readonly data: Recipe; readonly revision: number } {
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: recordName(model.metadata.name, revision),
      namespace: model.metadata.namespace,
      labels: labelsFor({ model: model.metadata.name, revision }),
      ownerReferences: ownedBy(model),
    },
    data: recipe,
    revision: number,
  };
}
