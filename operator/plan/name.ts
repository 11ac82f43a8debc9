import { fingerprint } from "./canonical.ts";

/** Most characters of a name that also serves as a label or a host name. Source: RFC 1123, label. */
const LIMIT = 63;
const HASH = 8;

/**
 * The name of an object that the operator makes: its parts with hyphens between. When that is too long, or a part holds
 * a dot (as names of nodes may), a hash of the parts ends it, so that different parts never give the same name.
 */
export function nameOf(...parts: readonly string[]): string {
  const plain = parts.join("-");
  const name = plain.replaceAll(".", "-");
  if (name === plain && name.length <= LIMIT) return name;
  const head = name.slice(0, LIMIT - HASH - 1).replace(/-+$/, "");
  return `${head}-${fingerprint(parts, HASH)}`;
}
