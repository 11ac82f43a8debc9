import { eachSchema, type StructuralSchema } from "./schema.ts";

/** A flaw of a schema: what is missing and how to mend it in zod. */
type Check = (schema: StructuralSchema) => string | undefined;

/** What every schema of ours must have, beyond what the API server asks for. */
const checks: readonly Check[] = [
  undescribedFields,
  unboundedString,
  unboundedList,
  unboundedMap,
  float,
  keyNotRequired,
  silentRule,
  lostFieldPath,
];

/** What a schema must have besides when people write its objects by hand. */
const specChecks: readonly Check[] = [...checks, booleanName];

/**
 * Every flaw of a schema as `path: remedy`. An empty list is what the generator asks for.
 *
 * @param part a status is written by programs only, so its field names may be what they like.
 */
export function flawsOf(schema: StructuralSchema, path: string, part: "spec" | "status"): string[] {
  const asked = part === "spec" ? specChecks : checks;
  return [...eachSchema(schema, path)].flatMap(({ path, schema }) =>
    asked.flatMap((check) => {
      const flaw = check(schema);
      return flaw === undefined ? [] : [`${path}: ${flaw}`];
    }),
  );
}

/** `kubectl explain` has nothing else to say about a field. */
function undescribedFields({ properties = {} }: StructuralSchema): string | undefined {
  const names = Object.keys(properties).filter((name) => !properties[name]?.description);
  return names.length === 0 ? undefined : `without a description: ${names.join(", ")}; add .describe()`;
}

/** Without bounds the API server takes the longest thinkable value for the cost of rules and refuses the CRD. */
function unboundedString({ type, maxLength, enum: values, format }: StructuralSchema): string | undefined {
  const unbounded = type === "string" && maxLength === undefined && !values && format !== "date-time";
  return unbounded ? "a string without a bound: add .max()" : undefined;
}

function unboundedList({ type, maxItems }: StructuralSchema): string | undefined {
  return type === "array" && maxItems === undefined ? "a list without a bound: add .max()" : undefined;
}

function unboundedMap({ additionalProperties, maxProperties }: StructuralSchema): string | undefined {
  const unbounded = additionalProperties !== undefined && maxProperties === undefined;
  return unbounded ? "a map without a bound: add .meta({ maxProperties })" : undefined;
}

/** Source: Kubernetes API conventions, "Never use floating-point values in the spec or status". */
function float({ type }: StructuralSchema): string | undefined {
  return type === "number" ? "a float: use z.int() or a Decimal" : undefined;
}

function keyNotRequired({ items, ...schema }: StructuralSchema): string | undefined {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const missing = keys.filter(
    (key) => !items?.required?.includes(key) && items?.properties?.[key]?.default === undefined,
  );
  return missing.length === 0 ? undefined : `a list keyed by what its items may lack: ${missing.join(", ")}`;
}

function silentRule(schema: StructuralSchema): string | undefined {
  const silent = schema["x-kubernetes-validations"]?.find(({ message }) => message.trim() === "");
  return silent && `the rule ${silent.rule} has no message: tell the remedy`;
}

function lostFieldPath({ properties = {}, ...schema }: StructuralSchema): string | undefined {
  const lost = schema["x-kubernetes-validations"]?.find(
    ({ fieldPath }) => fieldPath !== undefined && !((/^\.(\w+)/.exec(fieldPath)?.[1] ?? "") in properties),
  );
  return lost && `fieldPath ${lost.fieldPath ?? ""} of a rule names no field`;
}

/** kubectl reads YAML 1.1, in which these are true and false: a field of that name could not be written without quotes. */
function booleanName({ properties = {} }: StructuralSchema): string | undefined {
  const names = Object.keys(properties).filter((name) => /^(y|n|yes|no|on|off)$/i.test(name));
  return names.length === 0 ? undefined : `YAML reads as true or false: ${names.join(", ")}; choose another name`;
}
