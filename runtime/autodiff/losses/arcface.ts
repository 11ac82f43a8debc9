import { apply, type Value } from "../../graph/expression.ts";
import { add, greater, matMul, multiply, sqrt, subtract, transpose, where } from "../../graph/operators.ts";
import type { Classes } from "./cross-entropy.ts";
import { isLabel, normalizeRows, rowSum, scalar, type LossOptions } from "./loss.ts";

/** What ArcFace compares. */
export interface ArcFaceInputs {
  /** [N, D]; made unit vectors. */
  readonly embeddings: Value;
  /** One center a class, [C, D]; made unit vectors. */
  readonly centers: Value;
  /** int64 [N]. */
  readonly labels: Value;
}

/**
 * Logits [N, C] with an additive angular margin, to be given to the cross-entropy: s cos(theta), and for the label
 * s cos(theta + m). Past theta = pi - m, where that would turn upwards again, the label has s (cos(theta) - m sin(m)).
 * Source: ArcFace, https://arxiv.org/abs/1801.07698.
 */
export function arcFace(
  { embeddings, centers, labels }: ArcFaceInputs,
  options: LossOptions & Classes & { readonly scale?: number; readonly margin?: number },
): Value {
  const { scale = 64, margin = 0.5, classes } = options;
  const cosines = matMul(normalizeRows(embeddings, options), transpose(normalizeRows(centers, options), [1, 0]));
  const own = isLabel(labels, classes, options);
  // The margin is computed for the labels alone: the root's slope at the other classes could be infinite.
  const cosine = rowSum(where(own, cosines, scalar(0, options)), options, true);
  const pushed = where(
    greater(cosine, scalar(Math.cos(Math.PI - margin), options)),
    subtract(
      multiply(cosine, scalar(Math.cos(margin), options)),
      multiply(sineOf(cosine, options), scalar(Math.sin(margin), options)),
    ),
    subtract(cosine, scalar(margin * Math.sin(margin), options)),
  );
  return multiply(where(own, pushed, cosines), scalar(scale, options));
}

/** sin(acos(x)), with a finite slope at the ends. */
function sineOf(cosine: Value, options: LossOptions): Value {
  const square = subtract(scalar(1, options), multiply(cosine, cosine));
  return sqrt(add(apply("Relu", [square]), scalar(1e-12, options)));
}
