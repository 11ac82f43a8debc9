import type { NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import type { SlotRevision } from "../../../crds/enginebuild.ts";

/** How often the process ended, one run after the other, soon after it began to open a candidate. */
export interface AttemptsRecord {
  engineKey: string;
  /** Runs that ended so, this one counted in until it has gone well. */
  runs: number;
}

/** A run that held the candidate for so long was not ended by it, in milliseconds. */
const wellAfter = 30_000;
/** Runs in a row after which the candidate is not opened again. */
const most = 5;

/** The process ended each time soon after a candidate was opened: it is taken for the cause. */
export class CandidateEndsProcess extends Error {
  override name = "CandidateEndsProcess";
  constructor(engineKey: string, runs: number) {
    super(
      `the runtime ended ${runs} times in a row within ${wellAfter / 1000} s of opening engines ${engineKey}: they are ` +
        "not opened again in this comparison; memory that runs out is the usual cause",
    );
  }
}

/**
 * Counts runs that a candidate may have ended. Engines share the process with what they are compared with, and memory
 * that runs out or native code that fails takes all of it: without a count on the disk the node would open the same
 * candidate for ever, and serve nobody.
 */
export class Attempts {
  #record: AttemptsRecord | undefined;
  #openedAt: number | undefined;
  readonly #now: () => number;

  /** @param past of the run before; @param now milliseconds of a clock that never steps back. */
  constructor(now: () => number, past?: AttemptsRecord) {
    [this.#now, this.#record] = [now, past];
  }

  /**
   * Notes that engines are about to be opened, if they are the candidate's. The record has to reach the disk before.
   * @throws CandidateEndsProcess when too many runs ended at that point.
   */
  begin({ engineKey }: SlotRevision, spec: Pick<NodeRuntimeSpec, "slots" | "trial"> | undefined): void {
    if (engineKey !== candidateOf(spec)?.engineKey) return;
    const runs = this.#record?.engineKey === engineKey ? this.#record.runs : 0;
    if (runs >= most) throw new CandidateEndsProcess(engineKey, runs);
    if (this.#openedAt !== undefined && runs > 0) return;
    this.#record = { engineKey, runs: runs + 1 };
    this.#openedAt = this.#now();
  }

  /** What a later run needs to know; undefined once the candidate has been held well, or a wanted end. */
  get record(): AttemptsRecord | undefined {
    const isWell = this.#openedAt !== undefined && this.#now() - this.#openedAt >= wellAfter;
    return isWell ? undefined : this.#record;
  }

  /** The process is about to end because it was asked to: this run tells nothing. */
  end(): void {
    if (this.#openedAt === undefined || this.#record === undefined) return;
    const runs = this.#record.runs - 1;
    this.#record = runs > 0 ? { ...this.#record, runs } : undefined;
    this.#openedAt = undefined;
  }
}

function candidateOf(spec: Pick<NodeRuntimeSpec, "slots" | "trial"> | undefined): SlotRevision | undefined {
  const { active, standby } = spec?.slots ?? {};
  // Without another revision to go on with, the candidate is all there is.
  if (active === undefined || standby === undefined) return undefined;
  return { Shadow: standby, Soak: active, None: undefined }[spec?.trial?.phase ?? "None"];
}
