/** A moment as the API writes `Time`: RFC 3339 in whole seconds. */
export function apiTime(moment = new Date()): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** A moment as the API writes `MicroTime`, which Leases have. */
export function apiMicroTime(moment = new Date()): string {
  return moment.toISOString().replace("Z", "000Z");
}
