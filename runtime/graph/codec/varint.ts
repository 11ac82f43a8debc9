/** Bytes of a varint, protobuf's variable-length integer; a negative number is written as 64 bits. */
export function varintSize(value: number | bigint): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = typeof rest === "bigint" ? rest >> 7n : Math.floor(rest / 128)) size++;
  return size;
}

/** Bytes of that many bytes after their length. */
export const lengthPrefixed = (size: number): number => varintSize(size) + size;
