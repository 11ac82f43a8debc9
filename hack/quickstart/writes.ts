import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** A request as the API server's audit log has it (audit.k8s.io/v1, the fields read here). */
interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  /** When the API server received it. */
  readonly requestReceivedTimestamp: string;
}

const reads: ReadonlySet<string> = new Set(["get", "list", "watch"]);

/** What the operator has asked the API server to change since a time; renewals of its Lease have an agent of their own. */
export async function writesSince(auditLog: string, since: Date): Promise<string[]> {
  const writes: string[] = [];
  for await (const line of createInterface({ input: createReadStream(auditLog, "utf8") })) {
    const event = parse(line);
    if (event === undefined || reads.has(event.verb) || !/^facefleet-operator\/\S+$/.test(event.userAgent ?? ""))
      continue;
    if (new Date(event.requestReceivedTimestamp) >= since) writes.push(`${event.verb} ${event.requestURI}`);
  }
  return writes;
}

/** The last line may still be being written. */
function parse(line: string): AuditEvent | undefined {
  try {
    return JSON.parse(line) as AuditEvent;
  } catch {
    return undefined;
  }
}
