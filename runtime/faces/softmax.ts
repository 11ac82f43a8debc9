/** Probabilities of logits: exp(x) over the sum of all, the largest taken out first so that nothing overflows. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}

/**
 * Probabilities of a classifier's output: networks end in logits or in a softmax of their own, and numbers from 0 to 1
 * that sum to 1 within 0.001 are taken as the latter.
 */
export function probabilitiesOf(output: Float32Array): Float32Array {
  const sum = output.reduce((a, b) => a + b, 0);
  const normalized = Math.abs(sum - 1) <= 1e-3 && output.every((x) => x >= 0 && x <= 1);
  return normalized ? output.slice() : softmax(output);
}
