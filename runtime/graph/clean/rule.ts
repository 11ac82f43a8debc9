import type { Application, Value } from "../expression.ts";
import type { Types } from "../shapes/infer.ts";

/** What a rule knows of the application that it looks at. */
export interface Site {
  /** As it is in the graph that is rewritten: types and uses are known by it. */
  readonly was: Application;
  readonly types: Types;
  /** Version of the default operator set. */
  readonly opset: number;
  /** Whether anything reads one of its outputs. */
  isUsed(index: number): boolean;
}

/**
 * A small rewrite that never changes what a graph computes: what takes the place of an application's results, or
 * undefined where it stays. `made` is the application on values of the new graph.
 */
export interface Rule {
  /** Operators of the default domain that it looks at. */
  readonly operators: readonly string[];
  readonly apply: (made: Application, site: Site) => readonly (Value | undefined)[] | undefined;
}
