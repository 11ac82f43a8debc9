import { z } from "zod";
import { EngineBuild } from "./enginebuild.ts";

const built = EngineBuild.status.shape;

/** Most bytes of a report: the kubelet cuts a container's termination message there. Source: Kubernetes, Container.terminationMessagePath. */
export const REPORT_LIMIT = 4096;

/**
 * What a build Job writes as its container's termination message, one JSON object: the only way back from the node, so
 * that the Job needs no access to the API.
 *
 * - Success: engines are in the store under `engineKey`, and passed the offline gate.
 * - Failure: engines were built, and did not pass; that is the revision's doing. `engineKey` names them all the same.
 * - Error: no engine could be judged. `retryable` says whether another attempt may end otherwise (a full disk, a source
 *   that does not answer) or not (a digest that does not match, an operator that the backend lacks).
 */
export const BuildReport = z.object({
  verdict: z.enum(["Success", "Failure", "Error"]).describe("What came of the build and its gate."),
  engineKey: built.engineKey,
  reused: built.reused,
  hardware: built.hardware,
  engines: built.engines,
  measurements: built.measurements,
  message: built.message,
  retryable: z.boolean().optional().describe("Error: whether another attempt may end otherwise."),
});

export type BuildReport = z.infer<typeof BuildReport>;

/**
 * Reads a termination message, in UTF-8 at most {@link REPORT_LIMIT} bytes.
 *
 * @returns undefined for a text that is no report: empty, cut short, too long, or of another form. A node's word is
 * taken as data and never trusted to be well formed.
 */
export function parseBuildReport(text: string): BuildReport | undefined {
  if (new TextEncoder().encode(text).length > REPORT_LIMIT) return undefined;
  const report = BuildReport.safeParse(jsonOf(text));
  if (!report.success) return undefined;
  const names = report.data.verdict === "Error" || report.data.engineKey !== undefined;
  return names ? report.data : undefined;
}

/**
 * A report as a text that fits: when it is too long, measurements are left out from the last on, then the message is
 * cut, since the verdict must come back whatever the number of checks.
 */
export function formatBuildReport(report: BuildReport): string {
  for (let kept = report.measurements?.length ?? 0; kept >= 0; kept--) {
    const text = JSON.stringify({ ...report, measurements: report.measurements?.slice(0, kept) });
    if (new TextEncoder().encode(text).length <= REPORT_LIMIT) return text;
  }
  return JSON.stringify({ ...report, measurements: undefined, message: report.message?.slice(0, 256) });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
