import { createHash } from "node:crypto";

/** JSON with the fields in the order of their names, so that equal values give equal text. Undefined fields are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((part) => canonicalJson(part ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] !== undefined) parts.push(`${JSON.stringify(name)}:${canonicalJson(fields[name])}`);
  }
  return `{${parts.join(",")}}`;
}

/** So many base-36 characters (at most 32) of the SHA-256 over a value's canonical JSON: about 5.17 bits each. */
export function fingerprint(value: unknown, length: number): string {
  const hex = createHash("sha256").update(canonicalJson(value)).digest("hex");
  return BigInt(`0x${hex}`).toString(36).padStart(50, "0").slice(-length);
}
