import type { Container, EnvFromSource, EnvVar, Pod } from "../../api/wire.ts";
import { fieldValue, type PodPlacement, resourceValue } from "./downward.ts";
import { expandVariables } from "./expansion.ts";
import { type Lookup, lookUpAll, lookUpKey, MissingReferenceError } from "./references.ts";

export interface EnvironmentInputs {
  container: Container;
  pod: Pod;
  placement: PodPlacement;
  lookup: Lookup;
  /** What the image sets; the pod's own variables win. */
  image: Record<string, string>;
}

/**
 * The variables of a container: the image's, then those of `envFrom`, then those of `env`, in which `$(NAME)` means
 * a variable set before.
 * @throws MissingReferenceError if a ConfigMap, a Secret or a key is missing and not optional.
 */
export function resolveEnvironment(inputs: EnvironmentInputs): Map<string, string> {
  const variables = new Map(Object.entries(inputs.image));
  for (const source of inputs.container.envFrom ?? []) addAll(variables, source, inputs.lookup);
  for (const variable of inputs.container.env ?? []) {
    const value = valueOf(variable, variables, inputs);
    if (value !== undefined) variables.set(variable.name, value);
  }
  return variables;
}

function addAll(variables: Map<string, string>, source: EnvFromSource, lookup: Lookup): void {
  const contents = source.configMapRef
    ? lookUpAll(lookup, { kind: "ConfigMap", name: source.configMapRef.name ?? "" }, source.configMapRef.optional)
    : lookUpAll(lookup, { kind: "Secret", name: source.secretRef?.name ?? "" }, source.secretRef?.optional);
  for (const [key, value] of contents ?? []) variables.set((source.prefix ?? "") + key, value.toString("utf8"));
}

function valueOf(variable: EnvVar, variables: Map<string, string>, inputs: EnvironmentInputs): string | undefined {
  const { valueFrom } = variable;
  if (!valueFrom) return expandVariables(variable.value ?? "", variables);
  if (valueFrom.configMapKeyRef) {
    const { name = "" } = valueFrom.configMapKeyRef;
    return lookUpKey(inputs.lookup, { kind: "ConfigMap", name }, valueFrom.configMapKeyRef)?.toString("utf8");
  }
  if (valueFrom.secretKeyRef) {
    const { name = "" } = valueFrom.secretKeyRef;
    return lookUpKey(inputs.lookup, { kind: "Secret", name }, valueFrom.secretKeyRef)?.toString("utf8");
  }
  return downwardValue(variable, inputs);
}

function downwardValue({ name, valueFrom }: EnvVar, { pod, placement, container }: EnvironmentInputs): string {
  const value = valueFrom?.fieldRef
    ? fieldValue(valueFrom.fieldRef, pod, placement)
    : valueFrom?.resourceFieldRef && resourceValue(valueFrom.resourceFieldRef, pod, placement, container);
  if (value === undefined)
    throw new MissingReferenceError(`variable ${name} refers to what a process node cannot give`);
  return value;
}
