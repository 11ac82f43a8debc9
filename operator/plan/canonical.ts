import { createHash } from "node:crypto";

/** JSON with the fields in the order of their names, so that equal values give equal text. Undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** So many base-36 characters (at most 32) of the SHA-256 over a value's canonical JSON: about 5.17 bits each. */
export function fingerprint(value: unknown, length: number): string {
  const hex = createHash("sha256").update(canonicalJson(value)).digest("hex");
  return BigInt(`0x${hex}`).toString(36).padStart(50, "0").slice(-length);
}
