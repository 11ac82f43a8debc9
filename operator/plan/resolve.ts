import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import type { FaceDataset } from "../../crds/facedataset.ts";

/** A use of a FaceDataset by a field of another object. */
export interface Use {
  /** The field, such as spec.gates.offline.datasetRef. */
  readonly field: string;
  readonly dataset: string;
  readonly purpose: FaceDataset["spec"]["purposes"][number];
}

/** Why a spec cannot be carried out: a reference leads nowhere, or a gate asks what nobody can show. Names the remedy. */
export interface Unresolved {
  readonly reason: "DatasetNotFound" | "PurposeNotAllowed" | "GateNotMeasurable";
  readonly message: string;
}

/** The dataset that a field names, if it exists and may be used so. */
export function resolve(
  { field, dataset, purpose }: Use,
  datasets: ReadonlyMap<string, FaceDataset>,
): ResolvedDataset | Unresolved {
  const found = datasets.get(dataset);
  if (found === undefined) {
    const message = `${field} names FaceDataset ${dataset}, which does not exist: create it or name another`;
    return { reason: "DatasetNotFound", message };
  }
  if (!found.spec.purposes.includes(purpose)) {
    const allowed = found.spec.purposes.join(", ");
    const remedy = `add ${purpose} to its spec.purposes if its license allows that, or name another`;
    const message = `${field} names FaceDataset ${dataset}, which may be used for ${allowed} and not for ${purpose}: ${remedy}`;
    return { reason: "PurposeNotAllowed", message };
  }
  return { name: dataset, source: found.spec.source, format: found.spec.format };
}

/** Whether a reference led nowhere. */
export function isUnresolved(result: ResolvedDataset | Unresolved | undefined): result is Unresolved {
  return result !== undefined && "reason" in result;
}
