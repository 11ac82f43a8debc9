/** The largest absolute difference, relative to the largest of their values; NaN if either has one. */
export function relativeDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return NaN;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < theirs.length; i++) {
    difference = Math.max(difference, Math.abs(ours[i]! - theirs[i]!));
    largest = Math.max(largest, Math.abs(theirs[i]!));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** The cosine of the angle between two vectors; 1 for two that are 0. */
export function cosine(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  if (ours.length !== theirs.length) return NaN;
  let [product, ourSquare, theirSquare] = [0, 0, 0];
  for (let i = 0; i < theirs.length; i++) {
    product += ours[i]! * theirs[i]!;
    ourSquare += ours[i]! ** 2;
    theirSquare += theirs[i]! ** 2;
  }
  return ourSquare === 0 && theirSquare === 0 ? 1 : product / Math.sqrt(ourSquare * theirSquare);
}
