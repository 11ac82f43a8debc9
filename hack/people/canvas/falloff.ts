const { sqrt } = Math;

/** 0 below `low`, 1 above `high`, a smooth S between; `low` may be the greater one, then it falls. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = clamp((x - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
}

export function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

/** From a at 0 to b at 1. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/**
 * A bell of the squared distance, nearly exp(-d2) but exactly zero beyond `BELL_REACH`, so that what it touches is a
 * known region, and made of multiplications only, so that it is fast and the same on every machine.
 */
export function bell(squared: number): number {
  const base = 1 - squared / 8;
  if (base <= 0) return 0;
  const second = base * base;
  const fourth = second * second;
  return fourth * fourth;
}

/** The distance, in deviations, beyond which `bell` is zero. */
export const BELL_REACH = sqrt(8);
