import type { BuildReport } from "../../../crds/buildreport.ts";
import type { JobFact } from "../snapshot.ts";

/** What the latest Job of a build came to. */
export type Outcome =
  | { readonly type: "Pending" | "Running"; readonly message?: string }
  /** The engines passed the offline gate. */
  | { readonly type: "Succeeded"; readonly report: BuildReport }
  /** The revision cannot be used on this node. */
  | { readonly type: "Failed"; readonly report?: BuildReport; readonly message: string }
  /** Something else than the revision came between: it is tried again at that time, in milliseconds since the epoch. */
  | { readonly type: "Again"; readonly message: string; readonly at: number };

/** Runs without a report after which the revision is held to be the cause: it may well exhaust the node's memory. */
const SILENT_RUNS = 3;
const FIRST_WAIT = 10_000;
const LONGEST_WAIT = 600_000;

/**
 * What a Job came to. Only a report that says so, or a run that ends without one time and again, is the revision's
 * doing. A full disk, a source that does not answer, an image that cannot be pulled or a lost node is tried again for
 * as long as it takes, ever less often.
 */
export function outcomeOf(job: JobFact | undefined): Outcome {
  if (job === undefined) return { type: "Pending" };
  if (job.state === "Active") return active(job);
  const { report } = job;
  switch (report?.verdict) {
    case "Success":
      return { type: "Succeeded", report };
    case "Failure":
      return { type: "Failed", report, message: report.message ?? "the offline gate was not passed" };
    case "Error":
      return report.retryable === true
        ? again(job, report.message ?? "the build could not be carried out")
        : { type: "Failed", report, message: report.message ?? "the engines cannot be built" };
    case undefined:
      return silent(job);
  }
}

function active({ pod }: JobFact): Outcome {
  const message = pod?.message ?? pod?.reason;
  return { type: pod?.started === true ? "Running" : "Pending", ...(message !== undefined && { message }) };
}

function silent(job: JobFact): Outcome {
  const { pod, reason, tries } = job;
  const why = [reason, pod?.reason, pod?.message].filter((part) => part !== undefined).join(": ");
  const message = `the Job ended without a report${why === "" ? "" : `: ${why}`}`;
  const ran = pod !== undefined && pod.started && pod.disrupted !== true;
  if (ran && tries + 1 >= SILENT_RUNS) return { type: "Failed", message: `${message}, ${tries + 1} times` };
  return again(job, message);
}

function again({ tries, finishedAt, startedAt }: JobFact, message: string): Outcome {
  const ended = Date.parse(finishedAt ?? startedAt ?? "") || 0;
  return { type: "Again", message, at: ended + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries) };
}
