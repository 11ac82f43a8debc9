import type { ResolvedDataset } from "../../crds/enginebuild.ts";
import { isUnresolved, resolve, type Unresolved, type Use } from "./resolve.ts";
import type { ModelSnapshot } from "./snapshot.ts";

/** The datasets that a FaceModel names. */
export interface References {
  readonly gate: ResolvedDataset | undefined;
  readonly probes: ResolvedDataset | undefined;
  /** Undefined when none is needed. */
  readonly calibration: ResolvedDataset | undefined | "Unresolved";
  /** Those that lead nowhere, in the order of spec. */
  readonly unresolved: readonly Unresolved[];
}

/** Follows the references of a FaceModel. */
export function checkReferences({ model, datasets }: ModelSnapshot): References {
  const { calibration, gates } = model.spec;
  const found = {
    calibration: calibration && follow("spec.calibration.datasetRef", calibration.datasetRef.name, "Calibration"),
    gate: follow("spec.gates.offline.datasetRef", gates.offline.datasetRef.name, "Gate"),
    probes:
      gates.online.probes &&
      follow("spec.gates.online.probes.datasetRef", gates.online.probes.datasetRef.name, "Probe"),
  };
  function follow(field: string, dataset: string, purpose: Use["purpose"]) {
    return resolve({ field, dataset, purpose }, datasets);
  }
  return {
    gate: usable(found.gate),
    probes: usable(found.probes),
    calibration: isUnresolved(found.calibration) ? "Unresolved" : found.calibration,
    unresolved: Object.values(found).filter(isUnresolved),
  };
}

function usable(result: ResolvedDataset | Unresolved | undefined): ResolvedDataset | undefined {
  return isUnresolved(result) ? undefined : result;
}
