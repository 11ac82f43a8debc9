/**
 * Whether a container that has ended is to be started again. An init container that has succeeded is done under every
 * policy, and one that has failed is tried again unless the pod says never.
 */
export function shouldRestart(policy: string | undefined, exitCode: number, kind: "container" | "init"): boolean {
  if (policy === "Never") return false;
  if (policy === "OnFailure" || kind === "init") return exitCode !== 0;
  return true;
}
