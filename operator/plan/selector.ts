import type { LabelSelector } from "../../crds/shared.ts";

type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** Whether labels satisfy a selector, as metav1.LabelSelector says; an empty selector is satisfied by all. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const equal = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return equal && matchExpressions.every((requirement) => meets[requirement.operator](labels, requirement));
}

/** Whether a selector names no label at all. */
export function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

const meets: Record<Requirement["operator"], (labels: Labels, requirement: Requirement) => boolean> = {
  In: (labels, { key, values = [] }) => key in labels && values.includes(labels[key]!),
  NotIn: (labels, { key, values = [] }) => !(key in labels && values.includes(labels[key]!)),
  Exists: (labels, { key }) => key in labels,
  DoesNotExist: (labels, { key }) => !(key in labels),
};
