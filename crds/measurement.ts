import type { Measurement } from "./shared.ts";

/** A number as the API takes it: a decimal string of at most so many places. The number must be finite and below 1e15. */
export function decimal(value: number, places = 4): string {
  const text = value.toFixed(places).replace(/\.0+$|(\.[0-9]*[1-9])0+$/, "$1");
  return text === "-0" ? "0" : text;
}

/** What a sequential test says of a metric, as far as a measurement tells it. */
interface Decided {
  /** Null while nothing was seen: then the interval says nothing either. */
  readonly estimate: number | null;
  readonly lower: number;
  readonly upper: number;
  readonly limit: number;
  readonly n: number;
  readonly verdict: Measurement["verdict"];
  readonly message: string;
}

/** A finding of the statistics as the API takes it. */
export function measurementOf({
  metric,
  subgroup,
  decision,
}: {
  readonly metric: string;
  readonly subgroup?: string | undefined;
  readonly decision: Decided;
}): Measurement {
  const { estimate, lower, upper, limit, n, verdict, message } = decision;
  return {
    metric,
    ...(subgroup !== undefined && { subgroup }),
    ...(estimate !== null && { value: decimal(estimate), lower: decimal(lower), upper: decimal(upper) }),
    bound: decimal(limit),
    n,
    verdict,
    message: message.slice(0, 1024),
  };
}
