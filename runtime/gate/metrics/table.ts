import type { OfflineCheck } from "../../../crds/gates.ts";
import type { Evaluation } from "../result.ts";
import { detectionRate } from "./detection-rate.ts";
import { expressionUar, expressionWar } from "./expression.ts";
import { latency, type Reading } from "./latency.ts";
import { memory } from "./memory.ts";
import { outputParity } from "./output-parity.ts";
import { rankOne } from "./rank-one.ts";
import type { RateMetric } from "./score.ts";
import { trueAcceptRate } from "./true-accept-rate.ts";
import { verificationAccuracy } from "./verification-accuracy.ts";

/** How a metric is held against its bound. */
export type MetricRule =
  /** A rate of units: a floor, and a margin to the champion on the same units. */
  | { readonly type: "Rate"; readonly measure: RateMetric }
  /** One value that must reach a floor. */
  | { readonly type: "Worst"; readonly measure: (evaluation: Evaluation) => Reading }
  /** One value that must stay within a ceiling, in milliseconds or bytes. */
  | {
      readonly type: "Cost";
      readonly unit: "milliseconds" | "bytes";
      readonly measure: (evaluation: Evaluation) => Reading;
    };

/** The offline metrics, by the names of spec.gates.offline. */
export const metricRules: Readonly<Record<OfflineCheck["metric"], MetricRule>> = {
  DetectionRate: { type: "Rate", measure: detectionRate },
  OutputParity: { type: "Worst", measure: outputParity },
  VerificationAccuracy: { type: "Rate", measure: verificationAccuracy },
  TrueAcceptRate: { type: "Rate", measure: trueAcceptRate },
  RankOne: { type: "Rate", measure: rankOne },
  ExpressionWAR: { type: "Rate", measure: expressionWar },
  ExpressionUAR: { type: "Rate", measure: expressionUar },
  LatencyP50: { type: "Cost", unit: "milliseconds", measure: latency(50) },
  LatencyP95: { type: "Cost", unit: "milliseconds", measure: latency(95) },
  LatencyP99: { type: "Cost", unit: "milliseconds", measure: latency(99) },
  Memory: { type: "Cost", unit: "bytes", measure: memory },
};
