import type { Value } from "../graph/expression.ts";
import type { Dim } from "../graph/type.ts";
import type { Site } from "./site.ts";

/**
 * The vector-Jacobian product of an operator: from the gradients of its outputs (`site.dy`) those of its inputs, in
 * their order. Each is built only when it is wanted. `null`, or no entry, means not differentiable in that input: no
 * gradient flows there. Optional inputs that are left out arrive as undefined.
 */
export type Vjp = (site: Site, ...inputs: Value[]) => readonly (null | (() => Value))[];

/** How an operator is differentiated. */
export interface Rule {
  readonly vjp: Vjp;
  /**
   * The shape that the gradient of an input has before broadcasting is undone; undefined where it is the input's own.
   * The backward walk sums what broadcasting had repeated.
   */
  readonly dims?: (site: Site, input: number) => readonly Dim[] | undefined;
  /** Whether it reads gradients of outputs other than the first. */
  readonly everyOutput?: boolean;
}

/** Rules by operator of the default domain. */
export type Rules = Readonly<Record<string, Rule>>;

/** Gradients have the shapes of their inputs. */
export const exact = (vjp: Vjp): Rule => ({ vjp });

/** Inputs broadcast to the output: gradients have the output's shape. */
export const broadcasting = (vjp: Vjp): Rule => ({ vjp, dims: ({ dimsOf, y }) => dimsOf(y) });

/** Nothing flows back: the output is no number of the inputs, or steps where they are smooth. */
export const flat: Rule = { vjp: () => [] };
