/** How near what a model makes of a picture is to what another one makes of it. */
export interface Similarity {
  /** Of the angle between both; 1 is the same direction. Two vectors of zeros count as the same. */
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
  const same = ofSignal === 0 && ofOther === 0;
  return {
    cosine: same ? 1 : product / Math.sqrt(ofSignal * ofOther),
    decibels: ofDifference === 0 ? Infinity : 10 * Math.log10(ofSignal / ofDifference),
  };
}
