import { Counter, Histogram, type Registry } from "prom-client";
import { REQUEST_BUCKETS } from "./buckets.ts";

/** Counts requests to the API server. */
export interface RestMetrics {
  /** Counts one. @param code HTTP status code, or "<error>" for no answer. @param seconds Time to the head of the answer. */
  observe(method: string, code: string, seconds: number): void;
}

/** Makes the metrics of a REST client, under client-go's names. */
export function restMetrics(registry: Registry): RestMetrics {
  const registers = [registry];
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code and method.",
    labelNames: ["code", "method"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Request latency in seconds to the head of the answer, partitioned by method.",
    labelNames: ["method"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  return {
    observe(method, code, seconds) {
      total.inc({ code, method });
      if (code !== "<error>") duration.observe({ method }, seconds);
    },
  };
}
