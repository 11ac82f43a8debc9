/** How near what a model makes of a picture is to what another one makes of it. */
export interface Similarity {
  /** Of the angle between both; 1 is the same direction. Zeros are like zeros (1) and like nothing else (0). */
  readonly cosine: number;
  /** Energy of the signal over that of the difference, in decibels; Infinity where there is none. */
  readonly decibels: number;
}

/** Compares two vectors of one length; `signal` is the one that is right. */
export function similarity(signal: ArrayLike<number>, other: ArrayLike<number>): Similarity {
  let [product, ofSignal, ofOther, ofDifference] = [0, 0, 0, 0];
  for (let i = 0; i < signal.length; i++) {
    const [a, b] = [signal[i]!, other[i]!];
    product += a * b;
    ofSignal += a * a;
    ofOther += b * b;
    ofDifference += (a - b) ** 2;
  }
  const lengths = Math.sqrt(ofSignal) * Math.sqrt(ofOther);
  return {
    cosine: lengths > 0 ? product / lengths : Number(ofSignal === ofOther),
    decibels: ofDifference === 0 ? Infinity : 10 * Math.log10(ofSignal / ofDifference),
  };
}
