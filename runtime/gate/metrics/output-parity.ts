import type { Evaluation } from "../result.ts";
import type { Reading } from "./latency.ts";

/** The worst cosine between outputs of the engines and of the models they were built from, over a sample of pictures. */
export const outputParity = ({ parity }: Evaluation): Reading => ({ value: Math.min(...parity), n: parity.length });
