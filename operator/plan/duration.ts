export { milliseconds as millisecondsOf } from "../../crds/duration.ts";

/** A time in milliseconds since the epoch, as RFC 3339. */
export function timestamp(time: number): string {
  return new Date(time).toISOString();
}
