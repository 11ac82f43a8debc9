import { z } from "zod";

/** One CEL rule as the API server evaluates it; `message` names the remedy. Source: Kubernetes API, ValidationRule. */
export interface Rule {
  rule: string;
  message: string;
  /** A field below the object that holds the rule, such as `.spec.networks`, for the error to point at. */
  fieldPath?: string;
  /** `Invalid` (default), `Forbidden` or `Required`. With `Duplicate` the API server leaves the message out. */
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired";
}

/**
 * Key of `.meta()` on an object: fields that a CEL rule requires with a message of its own. The derived CRD leaves them
 * out of `required`, whose message would only be "Required value".
 */
export const requiredByRule = "x-facefleet-required-by-rule";

/** Requires fields of an object by rules that tell the remedy, which is written as it goes on after "<field> is required: ". */
export function requiring<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  remedies: Partial<Record<keyof Shape & string, string>>,
): z.ZodObject<Shape> {
  const rules = Object.entries(remedies).map(([field, remedy]) => ({
    rule: `has(self.${field})`,
    message: `${field} is required: ${String(remedy)}`,
    fieldPath: `.${field}`,
    reason: "FieldValueRequired" as const,
  }));
  return withRules(schema.meta({ ...schema.meta(), [requiredByRule]: Object.keys(remedies) }), rules);
}

/**
 * Forbids user and password in the address that a field holds. It is a rule of the object around it, not of the address,
 * since the API server repeats the value that breaks a rule, and what it says ends in logs.
 */
export function withoutCredentials(field: string, remedy: string): Rule {
  return {
    rule: `!has(self.${field}) || !self.${field}.matches('^[a-z]+://[^/]*@')`,
    message: `${field} must not hold a user or password, which everyone who may read the object would see: ${remedy}`,
    fieldPath: `.${field}`,
    reason: "FieldValueForbidden",
  };
}

/** Adds CEL rules to a schema: the derived CRD carries them, zod itself does not evaluate them. */
export function withRules<Schema extends z.ZodType>(schema: Schema, rules: readonly Rule[]): Schema {
  const earlier = (schema.meta()?.["x-kubernetes-validations"] ?? []) as readonly Rule[];
  return schema.meta({ ...schema.meta(), "x-kubernetes-validations": [...earlier, ...rules] });
}

/** A string with a bounded length whose form is checked with a message that gives the remedy instead of a bare pattern. */
export function text(form: { matches: RegExp; message: string; maxLength: number }) {
  const schema = z
    .string()
    .max(form.maxLength)
    .refine((value) => form.matches.test(value), form.message);
  return withRules(schema, [{ rule: `self.matches(r"""${form.matches.source}""")`, message: form.message }]);
}

/** A list whose items are told apart by one field: two items with the same value are refused and server-side apply merges by it. */
export function listBy<Item extends z.ZodType>(key: string, item: Item, bounds: { min?: number; max: number }) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] });
}

/** A list of plain values without duplicates. */
export function setOf<Item extends z.ZodType>(item: Item, bounds: { min?: number; max: number }) {
  return z
    .array(item)
    .min(bounds.min ?? 0)
    .max(bounds.max)
    .meta({ "x-kubernetes-list-type": "set" });
}

/** The name of an object in the same namespace (RFC 1123 subdomain). */
export const ObjectName = text({
  matches: /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
  message: "must be an object name: lower-case letters, digits, '-' and '.', such as front-door",
  maxLength: 253,
});

/** A short name inside an object: of a network, an output, a wave. */
export const LocalName = text({
  matches: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  message: "must be a short name: lower-case letters, digits and '-', such as recognizer",
  maxLength: 63,
});

/** The SHA-256 of a file: what is pulled is refused unless it hashes to this. */
export const Digest = text({
  matches: /^sha256:[0-9a-f]{64}$/,
  message: "must be sha256: followed by 64 lower-case hex digits, as printed by sha256sum",
  maxLength: 71,
});

/** Where a file is pulled from. */
const ArtifactUri = text({
  matches: /^(https?:\/\/|file:\/\/\/)[^\s]+$/,
  message:
    "must begin with https://, http:// or file:/// and hold no spaces: from elsewhere this version does not pull",
  maxLength: 2048,
});

/** A file by place and hash. Where it comes from may change, what it is may not. */
export const Artifact = withRules(
  requiring(
    z.object({
      uri: ArtifactUri.describe(
        "Where the file is pulled from: https://, http://, or file:/// for a file of the node.",
      ),
      digest: Digest.describe("Hash of the file, sha256:<64 hex digits>. Required: what is run is pinned by content."),
    }),
    { digest: "pin the file by its hash, sha256:<64 hex digits>, as printed by sha256sum" },
  ),
  [withoutCredentials("uri", "serve the file without, since its digest already says what it is")],
);

/** A fraction between 0 and 1 as a decimal string: floats do not survive a round trip through YAML. */
export const Fraction = text({
  matches: /^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$/,
  message: 'must be a fraction from 0 to 1 written as a string, such as "0.95"',
  maxLength: 8,
});

/** A decimal number as a string. */
export const Decimal = text({
  matches: /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$/,
  message: 'must be a decimal number written as a string, such as "0.45"',
  maxLength: 26,
});

/** A duration such as 90s, 5m, 1h30m or 250ms. Source: Go time.ParseDuration, without signs and fractions. */
export const Duration = text({
  matches: /^([0-9]{1,6}(ms|s|m|h)){1,3}$/,
  message: "must be a duration such as 250ms, 90s, 5m or 1h30m",
  maxLength: 24,
});

/** A duration that lets something happen. */
export const PositiveDuration = withRules(Duration, [
  { rule: "self.matches('[1-9]')", message: "must be longer than nothing, such as 30s" },
]);

/** A count or a percentage of the nodes, such as 1 or 25%. */
export const CountOrPercent = text({
  matches: /^([1-9][0-9]{0,3}|([1-9][0-9]?|100)%)$/,
  message: 'must be a count of at least 1 or a percentage, written as a string, such as "1" or "25%"',
  maxLength: 5,
});

/** A reference to an object of a known kind in the same namespace. */
export const Reference = z.object({ name: ObjectName.describe("Name of the object, in the same namespace.") });

/** One key of a Secret in the same namespace. The operator never reads it: the node's kubelet mounts it. */
export const SecretKeyReference = z.object({
  name: ObjectName.describe("Name of the Secret, in the same namespace."),
  key: z.string().min(1).max(253).describe("Key within the Secret."),
});

/** A label selector, as everywhere in Kubernetes. An empty one selects everything. */
export const LabelSelector = z.object({
  matchLabels: z
    .record(z.string(), z.string().max(63))
    .meta({ maxProperties: 16 })
    .optional()
    .describe("Labels that must be there with these values."),
  matchExpressions: z
    .array(
      withRules(
        z.object({
          key: z.string().min(1).max(317).describe("Label key."),
          operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("How the key relates to the values."),
          values: z.array(z.string().max(63)).max(64).optional().describe("Values for In and NotIn."),
        }),
        [
          {
            rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            message: "In and NotIn need values, Exists and DoesNotExist take none",
            fieldPath: ".values",
          },
        ],
      ),
    )
    .max(16)
    .optional()
    .describe("Requirements, all of which must hold."),
});

/** A condition in the form of metav1.Condition; Ready, Reconciling and Stalled follow kstatus. */
export const Condition = z.object({
  type: z.string().min(1).max(316).describe("Ready, Reconciling, Stalled or a kind's own."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  reason: z.string().min(1).max(1024).describe("One word for programs."),
  message: z.string().max(32768).describe("A sentence for people."),
  observedGeneration: z.int().min(0).optional().describe("The generation of the spec this was judged on."),
  lastTransitionTime: z.iso.datetime().describe("When status last changed."),
});

/** What every status carries. */
export const statusFields = {
  observedGeneration: z.int().min(0).optional().describe("The generation of the spec that this status describes."),
  conditions: listBy("type", Condition, { max: 16 })
    .optional()
    .describe("Ready; Reconciling and Stalled only while true."),
  lastHandledReconcileAt: z
    .string()
    .max(64)
    .optional()
    .describe("The value of the annotation facefleet.dev/requestedAt that was last answered."),
};

/** One measured value set against its bound. Numbers are decimal strings; durations in milliseconds, memory in bytes. */
export const Measurement = z.object({
  metric: z.string().max(63).describe("Name of the metric, as in spec.gates."),
  subgroup: z.string().max(253).optional().describe("The subgroup it was measured on, when not on all."),
  value: Decimal.optional().describe("Estimate: for a paired metric the candidate's minus the champion's."),
  lower: Decimal.optional().describe("Lower end of the interval."),
  upper: Decimal.optional().describe("Upper end of the interval."),
  bound: Decimal.optional().describe("The floor, the ceiling or minus the margin it is held against."),
  n: z.int().min(0).describe("Independent observations: pictures, pairs, probes or tracks; never frames."),
  verdict: z.enum(["Success", "Failure", "Inconclusive", "Error"]).describe("What the evidence says so far."),
  message: z.string().max(1024).optional().describe("A sentence for people."),
});

export type Artifact = z.infer<typeof Artifact>;
export type LabelSelector = z.infer<typeof LabelSelector>;
export type Condition = z.infer<typeof Condition>;
export type Measurement = z.infer<typeof Measurement>;
