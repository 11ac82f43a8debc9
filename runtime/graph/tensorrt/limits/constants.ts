import type { Limit } from "../limit.ts";
import { contentsOf, isConstant, isGiven, isInitializer, type Site } from "../site.ts";
import { sources } from "../source.ts";

const initializer =
  (index: number, name: string) =>
  (site: Site): string | undefined =>
    isInitializer(site, index) ? undefined : `${name} is computed, it must be an initializer`;

const constant =
  (index: number, name: string) =>
  (site: Site): string | undefined =>
    isConstant(site, index) ? undefined : `${name} is not known before it runs`;

const fold = "fold constants (cleanModel), or give it as an initializer";

/** Inputs that must be known when the engine is built. */
export const constantLimits: readonly Limit[] = [
  {
    operators: [
      ...["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin"],
      ...["ReduceProd", "ReduceSum", "ReduceSumSquare"],
    ],
    broken: initializer(1, "axes"),
    remedy: fold,
    source: sources.helpers,
  },
  {
    operators: ["Squeeze", "Unsqueeze"],
    broken: constant(1, "axes"),
    remedy: fold,
    source: sources.operators10,
  },
  {
    operators: ["CumSum"],
    broken: constant(1, "axis"),
    remedy: fold,
    source: sources.operators10,
  },
  {
    operators: ["OneHot"],
    broken: constant(1, "depth"),
    remedy: fold,
    source: sources.operators10,
  },
  {
    operators: ["Pad"],
    until: "10.16",
    broken: (site) => (isGiven(site, 3) ? "axes are given" : undefined),
    remedy: "give pads for all axes",
    source: sources.changelog,
  },
  {
    operators: ["Dropout"],
    broken: (site) => {
      if (!isGiven(site, 2)) return undefined;
      if (!isInitializer(site, 2)) return "training_mode is computed, it must be an initializer";
      return contentsOf(site, 2)?.[0] ? "training_mode is true" : undefined;
    },
    remedy: "leave training_mode out",
    source: sources.operators10,
  },
  {
    operators: ["STFT"],
    broken: (site) => initializer(1, "frame_step")(site) ?? initializer(2, "window")(site),
    remedy: fold,
    source: sources.operators10,
  },
];
