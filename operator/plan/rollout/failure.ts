import type { Failure } from "../../../crds/facemodel.ts";
import type { Measurement } from "../../../crds/shared.ts";

/** A failure of a node before anybody is blamed for it. */
export interface NodeFailure extends Pick<Failure, "gate" | "measurement" | "message"> {
  /**
   * Failure: it was shown that the revision does not do. Error: that could not be looked into. Inconclusive: nothing was
   * shown in time. Absent means Failure.
   */
  readonly verdict?: Measurement["verdict"];
}
