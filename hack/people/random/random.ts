const { floor, imul, max, min } = Math;

/**
 * A small seeded source of chance. The same seed gives the same numbers on any machine, because nothing but 32-bit
 * integer arithmetic is used (sfc32 by Chris Doty-Humphrey, seeded by murmur3's finalizer).
 */
export type Random = {
  /** The next number in [0, 1). */
  next(): number;
  /** A number in [low, high). */
  uniform(low: number, high: number): number;
  /** About normal (twelve uniforms), cut at 1.9 deviations so that no drawing is absurd. */
  normal(mean: number, deviation: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** An integer in [0, count). */
  below(count: number): number;
  /** One of the entries, drawn by weight. */
  weighted<T>(entries: readonly (readonly [T, number])[]): T;
};

/** Folds numbers into one 32-bit seed, so that independent streams can hang from one seed. */
export function deriveSeed(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) hash = scramble((hash ^ scramble(part | 0)) + imul(hash, 0x85ebca6b));
  return hash >>> 0;
}

/** The avalanche of murmur3: every bit of the input moves every bit of the output. */
export function scramble(value: number): number {
  let bits = value | 0;
  bits = imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A source of chance for one seed. */
export function createRandom(seed: number): Random {
  const next = sfc32(seed);
  const uniform = (low: number, high: number): number => low + (high - low) * next();
  return {
    next,
    uniform,
    normal: (mean, deviation) => mean + deviation * min(1.9, max(-1.9, twelveUniforms(next))),
    chance: (probability) => next() < probability,
    below: (count) => floor(next() * count),
    weighted: (entries) => weightedPick(entries, next()),
  };
}

function twelveUniforms(next: () => number): number {
  let sum = -6;
  for (let count = 0; count < 12; count++) sum += next();
  return sum;
}

function weightedPick<T>(entries: readonly (readonly [T, number])[], chance: number): T {
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = chance * total;
  for (const [entry, weight] of entries) {
    left -= weight;
    if (left < 0) return entry;
  }
  const last = entries.at(-1);
  if (last === undefined) throw new RangeError("A weighted draw needs at least one entry.");
  return last[0];
}

function sfc32(seed: number): () => number {
  let a = scramble(seed);
  let b = scramble(a ^ 0x6d2b79f5);
  let c = scramble(b ^ 0x1b873593);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}
