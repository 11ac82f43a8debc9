import { type EventReason, modelReasons, objectReasons } from "../../../operator/plan/status/reasons.ts";
import { code, generatedFrom, page, table } from "./markdown.ts";

/** The page of all Kubernetes Events. */
export function eventsPage(): string {
  return page([
    generatedFrom("operator/plan/status/reasons.ts"),
    "# Kubernetes Events",
    "`kubectl events --for facemodel/NAME` shows them. All are reported by `facefleet.dev/operator`. An Event is news, and is gone after the API server's `--event-ttl` (an hour by default); what holds is in `status`.",
    "## Of a FaceModel",
    reasonTable(modelReasons),
    "## Of any object of ours",
    "Told of the object itself, or of its owner when it could not be made.",
    reasonTable(objectReasons),
  ]);
}

function reasonTable(reasons: Readonly<Record<string, EventReason>>): string {
  const rows = Object.entries(reasons).map(([reason, { type, when, remedy = "" }]) => [
    code(reason),
    type,
    `${when[0]!.toUpperCase()}${when.slice(1)}.`,
    remedy === "" ? "" : `${remedy}.`,
  ]);
  return table(["Reason", "Type", "Told when", "What to do"], rows);
}
