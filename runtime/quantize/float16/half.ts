import { tensor, valuesOf } from "../../graph/tensor.ts";
import type { TensorProto } from "../../graph/codec/types.ts";

/** The greatest finite float16. */
export const greatest = 65504;

/** A constant in float16, and what it cost beyond rounding. */
export interface Halved {
  readonly tensor: TensorProto;
  /** Elements beyond the greatest finite float16, which became it. */
  readonly saturated: number;
  /** Elements other than 0 that became 0. */
  readonly vanished: number;
}

/** A float32 constant in float16: rounded half to even, finite numbers kept finite. */
export function halve(given: TensorProto): Halved {
  const values = valuesOf(given) as Float32Array;
  const halves = new Float16Array(values.length);
  let [saturated, vanished] = [0, 0];
  for (const [i, value] of values.entries()) {
    const beyond = Number.isFinite(value) && Math.abs(value) > greatest;
    halves[i] = beyond ? Math.sign(value) * greatest : value;
    if (beyond) saturated++;
    if (value !== 0 && halves[i] === 0) vanished++;
  }
  const bits = new Uint16Array(halves.buffer, halves.byteOffset, halves.length);
  return { tensor: tensor(given.name, "float16", given.dims, bits), saturated, vanished };
}
