import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import type { FaceDataset } from "../../crds/facedataset.ts";
import { Artifact } from "../../crds/shared.ts";

/** A use of a FaceDataset by a field of another object. */
export interface Use {
  /** The field, such as spec.gates.offline.datasetRef. */
  readonly field: string;
  readonly dataset: string;
  readonly purpose: FaceDataset["spec"]["purposes"][number];
}

/** Why a spec cannot be carried out: a reference leads nowhere, or a gate asks what nobody can show. Names the remedy. */
export interface Unresolved {
  readonly reason:
    "DatasetNotFound" | "FormatNotSupported" | "SourceNotSupported" | "PurposeNotAllowed" | "GateNotMeasurable";
  readonly message: string;
}

/** Formats that builds and runtimes read today. */
const readable: ReadonlySet<FaceDataset["spec"]["format"]> = new Set(["ImageFolder"]);

/** Why no node can read a set, as its own status tells it; undefined for one that they can. */
export function unreadable({ spec: { format, source } }: Pick<FaceDataset, "spec">): Unresolved | undefined {
  if (!readable.has(format)) {
    const message = `spec.format ${format} is not read by this version: pack the pictures as ImageFolder`;
    return { reason: "FormatNotSupported", message };
  }
  // One that an earlier version admitted.
  if (!Artifact.safeParse(source).success) {
    const [scheme] = source.uri.split("://");
    const message = `spec.source.uri begins with ${scheme}://, from where this version does not pull: use https://, http:// or file:///`;
    return { reason: "SourceNotSupported", message };
  }
  return undefined;
}

/** The dataset that a field names, if it exists, can be read and may be used so. */
export function resolve(
  { field, dataset, purpose }: Use,
  datasets: ReadonlyMap<string, FaceDataset>,
): ResolvedDataset | Unresolved {
  const found = datasets.get(dataset);
  if (found === undefined) {
    const message = `${field} names FaceDataset ${dataset}, which does not exist: create it or name another`;
    return { reason: "DatasetNotFound", message };
  }
  const obstacle = unreadable(found);
  if (obstacle !== undefined) {
    return { ...obstacle, message: `${field} names FaceDataset ${dataset}, whose ${obstacle.message}` };
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
