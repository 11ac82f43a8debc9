import type { Evaluation } from "../result.ts";

/** One unit of evidence: a picture, a pair, or a picture of every class, right or wrong, or in between. */
export interface Unit {
  /** From 0, wrong, to 1, right. */
  readonly score: number;
  readonly subgroup?: string | undefined;
}

/** Units of a rate. Which units there are depends on the labels only, never on the networks, so that two runs pair up. */
export interface Rate {
  readonly units: readonly Unit[];
  /** The rate itself where it is not simply the mean of the units. */
  readonly value?: number;
}

/** What cannot be measured on this set by these networks, and what to change. */
export interface Unmeasurable {
  readonly problem: string;
}

interface RateOptions {
  /** TrueAcceptRate: the rate of false accepts it is measured at. */
  readonly falseAcceptRate: number;
}

/** Measures one rate. */
export type RateMetric = (evaluation: Evaluation, options: RateOptions) => Rate | Unmeasurable;
