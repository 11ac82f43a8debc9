/** What a figure should be. */
export interface Goal {
  readonly of: "value" | "ratio";
  readonly least?: number;
  readonly most?: number;
}

/** A figure of a bench. */
export interface Row {
  readonly name: string;
  /** Null where there was nothing to measure. */
  readonly value: number | null;
  readonly unit: string;
  /** The same of what it is held against, in the same run and unit. */
  readonly baseline: number | null;
  /** Value over baseline. */
  readonly ratio: number | null;
  readonly goal: Goal | null;
}

export const atMost = (most: number): Goal => ({ of: "value", most });
export const atLeast = (least: number): Goal => ({ of: "value", least });
export const ratioAtMost = (most: number): Goal => ({ of: "ratio", most });
export const ratioAtLeast = (least: number): Goal => ({ of: "ratio", least });

/** A figure as a row, to three digits. */
export function row(
  name: string,
  unit: string,
  value: number | null,
  { baseline = null, goal = null }: { readonly baseline?: number | null; readonly goal?: Goal | null } = {},
): Row {
  const ratio = value === null || baseline === null ? null : value / baseline;
  return { name, value: round(value), unit, baseline: round(baseline), ratio: round(ratio), goal };
}

/** Whether a row is as it should be; undefined where it has no goal, or nothing was measured. */
export function meetsGoal({ goal, ...figures }: Row): boolean | undefined {
  const figure = goal && figures[goal.of];
  if (goal === null || figure === null) return undefined;
  return figure >= (goal.least ?? -Infinity) && figure <= (goal.most ?? Infinity);
}

const round = (value: number | null): number | null => value && Number(value.toPrecision(3));
