import { ApiError, type Status } from "./api-error.ts";
import type { KubeObject } from "./object.ts";

/** A change that the API server tells of. A bookmark carries nothing but a resourceVersion to resume from. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

interface RawEvent {
  readonly type?: unknown;
  readonly object?: Partial<KubeObject> & Status;
}

function parse(line: string): RawEvent {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Falls through to the one error below: what the line held may be anybody's data and stays out of messages.
  }
  throw new ApiError(`watch: a line of ${line.length} characters is not a JSON object`, { kind: "Malformed" });
}

/**
 * Reads one line of a watch (Kubernetes API concepts, "Efficient detection of changes").
 *
 * @throws ApiError for an ERROR event, as the server means it ("Gone" where the resourceVersion is too old); of kind
 *   "Malformed" for a line that is no event.
 */
export function parseWatchLine<T extends KubeObject>(line: string): WatchEvent<T> {
  const { type, object } = parse(line);
  switch (type) {
    case "ERROR":
      throw ApiError.from("watch", object?.code ?? 500, object ?? {});
    case "BOOKMARK":
      if (typeof object?.metadata?.resourceVersion !== "string") break;
      return { type, resourceVersion: object.metadata.resourceVersion };
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      if (typeof object?.metadata?.name !== "string") break;
      return { type, object: object as T };
  }
  throw new ApiError(`watch: not an event: type ${JSON.stringify(type)}`, { kind: "Malformed" });
}
