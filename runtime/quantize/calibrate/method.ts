/**
 * How the range of a tensor follows from the values that it takes on the calibration pictures.
 * - MinMax: all of them.
 * - Entropy: the cut that loses the least information (entropy.ts). With as many bins as levels, the default here and in
 *   Python, there is nothing to choose, and the range is that of MinMax. 2048 bins cut off much more: of a recognizer's
 *   embeddings that cost ten times what MinMax does (mean cosine .9964 instead of .9997), so measure before you ask.
 * - Percentile: what holds that part of the values. `symmetric` looks at sizes, which suits int8; otherwise as many are
 *   cut off at the lower end as at the upper one.
 */
export type Method =
  | { readonly kind: "MinMax" }
  | { readonly kind: "Entropy"; readonly bins?: number; readonly levels?: number }
  | {
      readonly kind: "Percentile";
      readonly bins?: number;
      /** 0 to 100. */
      readonly percentile?: number;
      readonly symmetric?: boolean;
    };

/** A method with nothing left open. */
export type CompleteMethod = Required<Method>;

/** A method with its defaults, MinMax where it comes to that. @throws {RangeError} naming the setting and what it may be. */
export function completeMethod(method: Method): CompleteMethod {
  switch (method.kind) {
    case "MinMax":
      return method;
    case "Entropy": {
      const { bins = 128, levels = 128 } = method;
      check("levels", levels, Number.isInteger(levels) && levels >= 2, "a whole number from 2");
      check("bins", bins, Number.isInteger(bins) && bins >= levels, `a whole number from ${levels}, the levels`);
      // A cut has as many bins on each side of the middle as levels, or more.
      return Math.floor(bins / 2) > Math.floor(levels / 2) ? { kind: "Entropy", bins, levels } : { kind: "MinMax" };
    }
    case "Percentile": {
      const { bins = 2048, percentile = 99.999, symmetric = true } = method;
      check("percentile", percentile, percentile >= 0 && percentile <= 100, "0 to 100");
      check("bins", bins, Number.isInteger(bins) && bins >= 1, "a whole number from 1");
      return { kind: "Percentile", bins, percentile, symmetric };
    }
  }
}

function check(setting: string, value: number, fits: boolean, may: string): void {
  if (!fits) throw new RangeError(`method.${setting} is ${value} and must be ${may}`);
}
