/**
 * Exact tail probabilities of counts. Terms are summed from their logarithms, so that thousands of trials neither
 * overflow nor lose the tail.
 */
const { exp, log, log1p } = Math;

/** Logarithm of the binomial coefficient "n choose k", for whole 0 <= k <= n. */
export function logChoose(n: number, k: number): number {
  const small = Math.min(k, n - k);
  let sum = 0;
  for (let i = 1; i <= small; i++) sum += log((n - small + i) / i);
  return sum;
}

/** P(X >= k) for X ~ Binomial(n, p), p in [0, 1]. */
export function binomialTail(n: number, k: number, p: number): number {
  if (k <= 0 || p >= 1) return 1;
  if (p <= 0) return 0;
  let logTerm = logChoose(n, k) + k * log(p) + (n - k) * log1p(-p);
  let sum = 0;
  for (let j = k; j <= n; j++) {
    sum += exp(logTerm);
    logTerm += log(((n - j) / (j + 1)) * (p / (1 - p)));
  }
  return Math.min(1, sum);
}

/**
 * P(X >= k) for X ~ Hypergeometric: of `population` items `marked` are marked, `drawn` are drawn without replacement,
 * X of them are marked. The one-sided p-value of Fisher's exact test.
 */
export function hypergeometricTail(population: number, marked: number, drawn: number, k: number): number {
  const all = logChoose(population, drawn);
  const fewest = Math.max(k, drawn - (population - marked));
  let sum = 0;
  for (let x = fewest; x <= Math.min(marked, drawn); x++) {
    sum += exp(logChoose(marked, x) + logChoose(population - marked, drawn - x) - all);
  }
  return Math.min(1, sum);
}
