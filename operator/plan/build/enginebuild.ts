import type { EngineBuildSpec, ResolvedDataset, SlotRevision } from "../../../crds/enginebuild.ts";
import type { FaceModel } from "../../../crds/facemodel.ts";
import { apiVersion } from "../../../crds/kind.ts";
import type { Desired } from "../action.ts";
import { nameOf } from "../name.ts";
import type { Recipe } from "../revision.ts";
import { labelsFor, ownedBy } from "./owner.ts";

/** What a build is of. */
export interface BuildOrder {
  readonly revision: string;
  readonly recipe: Recipe;
  readonly node: string;
  /** How often the revision has been retried by decision. */
  readonly attempt: number;
  /** The labelled pictures of the offline gate. */
  readonly dataset: ResolvedDataset;
  /** Engines on the node that the new ones are compared with. */
  readonly champion?: SlotRevision | undefined;
}

/** Name of the EngineBuild of a revision on a node: each attempt is an object of its own. */
export function buildName(model: string, { revision, node, attempt }: Omit<BuildOrder, "recipe" | "dataset">): string {
  return nameOf(model, revision, node, ...(attempt === 0 ? [] : [`retry${attempt}`]));
}

/** The EngineBuild: everything its Job needs, so that a node reads no other object. */
export function buildEngineBuild(model: FaceModel, order: BuildOrder): Desired & { readonly spec: EngineBuildSpec } {
  const { revision, recipe, node, attempt, dataset, champion } = order;
  const { name, namespace } = model.metadata;
  const { networks, precision, calibration, engine, image } = recipe;
  const { gates, timeouts } = model.spec;
  return {
    apiVersion,
    kind: "EngineBuild",
    metadata: {
      name: buildName(name, order),
      namespace,
      labels: labelsFor({ model: name, revision, node }),
      ownerReferences: ownedBy(model),
    },
    spec: {
      model: name,
      revision,
      nodeName: node,
      attempt,
      networks,
      precision,
      ...(calibration && { calibration }),
      engine,
      gate: { dataset, checks: gates.offline.checks, alpha: gates.offline.alpha },
      ...(champion && { champion }),
      image,
      timeout: timeouts.build,
    },
  };
}
