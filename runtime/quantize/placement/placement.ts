import type { Application, Constant, Value } from "../../graph/expression.ts";

/** How an application reads one of its inputs after quantization. */
export type Reading =
  /** A value that is rounded to 8 bits where it is read, in a range measured on `measured`. */
  | { readonly kind: "Activation"; readonly measured: Value }
  /** A constant in int8, with a scale for each channel of `axis`; `bias` and `input` say what int32 must hold. */
  | {
      readonly kind: "Weight";
      readonly constant: Constant;
      readonly axis: number | undefined;
      readonly bias?: Bias | undefined;
    }
  /** A constant in int32 whose scale is that of the input times that of the weight. */
  | { readonly kind: "Bias"; readonly bias: Bias; readonly weight: Constant; readonly axis: number | undefined };

/** A bias, and the value whose range sets the scale of what it is added to. */
export interface Bias {
  readonly constant: Constant;
  readonly measured: Value;
}

/** An application that stays in floating point though its operator could be quantized, and why. */
export interface Left {
  readonly node: string;
  readonly reason: string;
}

/** Where a graph is quantized: a decision about each input that changes, without any number. */
export interface Placement {
  /** By application and index of its input. */
  readonly readings: ReadonlyMap<Application, ReadonlyMap<number, Reading>>;
  readonly left: readonly Left[];
}

/** The values whose ranges a placement needs, each once. */
export function measuredBy({ readings }: Placement): readonly Value[] {
  const measured = new Set<Value>();
  for (const inputs of readings.values())
    for (const reading of inputs.values()) if (reading.kind === "Activation") measured.add(reading.measured);
  return [...measured];
}
