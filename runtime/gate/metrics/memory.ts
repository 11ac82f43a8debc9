import type { Evaluation } from "../result.ts";
import type { Reading } from "./latency.ts";

/** Resident bytes of the process with all engines loaded, after it has seen the whole set. */
export const memory = ({ memoryBytes, results }: Evaluation): Reading => ({ value: memoryBytes, n: results.length });
