import { type ApiError, type ApiErrorKind, isApiError } from "./kit/api-error.ts";
import type { Happening } from "./kit/event.ts";
import type { Deed, Desired } from "./plan/action.ts";
import { objectReasons } from "./plan/status/reasons.ts";

/** Whether an error is of the very object that was written, and not of a server that serves nobody just now. */
export function isRefusal(error: unknown): error is ApiError {
  return isApiError(error) && !isApiError(error, ...OF_THE_SERVER);
}

const OF_THE_SERVER = [
  "Unauthorized",
  "Unreachable",
  "Malformed",
  "ServiceUnavailable",
  "TooManyRequests",
  "Timeout",
] as const satisfies readonly ApiErrorKind[];

/** What a person can do about a refusal. Those that are not here pass by themselves. */
const remedies: Partial<Record<ApiErrorKind, string>> = {
  Invalid: "correct the objects that these fields come from, or install the CustomResourceDefinitions of this version",
  BadRequest: "install the CustomResourceDefinitions of this version",
  TooLarge: "it is more than the API server takes: enroll fewer people, or let fewer galleries meet on one node",
  Forbidden: "see whether a quota or an admission policy forbids it, or the operator's role lacks the right",
  InternalError: "see whether an admission webhook is at fault, or the object is more than etcd takes",
};

/** Most fields that are named. */
const MOST_FIELDS = 4;

/**
 * What an Event says of a write that was refused, and will be until somebody acts; undefined when nobody has to. It is
 * told of what the object belongs to, since the object itself may not be there. Fields are named without the server's
 * own words, which may repeat a value.
 */
export function tellRefusal(deed: Deed, error: ApiError): Happening | undefined {
  const remedy = remedies[error.kind];
  const regarding = regardingOf(deed);
  if (remedy === undefined || regarding === undefined) return undefined;
  const fields = [...new Set(error.causes.flatMap(({ field }) => field ?? []))].slice(0, MOST_FIELDS);
  const where = fields.length === 0 ? "" : ` at ${fields.join(", ")}`;
  const note = `${nameOf(deed)} was refused with ${error.status} ${error.reason}${where}: ${remedy}`;
  return { regarding, type: objectReasons.WriteRefused.type, reason: "WriteRefused", note };
}

function nameOf(deed: Deed): string {
  switch (deed.type) {
    case "Apply":
      return `${deed.object.kind} ${deed.object.metadata.name}`;
    case "ApplyStatus":
      return `the status of ${deed.object.kind} ${deed.object.metadata.name}`;
    case "Delete":
      return `the deletion of ${deed.target.kind} ${deed.target.name}`;
    case "Event":
      return `Event ${deed.reason}`;
  }
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

function regardingOf(deed: Deed): Happening["regarding"] | undefined {
  switch (deed.type) {
    case "Apply":
      return ownerOf(deed.object);
    case "ApplyStatus": {
      const { apiVersion, kind, metadata } = deed.object;
      return referring({ apiVersion, kind, ...metadata }, metadata.namespace);
    }
    case "Delete":
      return referring(deed.target, deed.target.namespace);
    case "Event":
      return undefined;
  }
}

function ownerOf({ metadata }: Desired): Happening["regarding"] | undefined {
  const [owner] = (metadata.ownerReferences ?? []) as readonly Named[];
  return owner && referring(owner, metadata.namespace);
}

function referring({ apiVersion, kind, name, uid }: Named, namespace: string): Happening["regarding"] {
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion: "" } };
}
