import type { KindName } from "../../support/builders.ts";
import type { Edit } from "../../support/edit.ts";

/** A malformed object: one edit away from a valid one, so that it is refused for the stated reason only. */
export interface MalformedCase {
  story: string;
  kind: KindName;
  /** What makes the kind's example another valid object first. */
  from?: readonly Edit[];
  /** What makes it malformed. */
  edit: Edit;
  /** Whether the valid object is there already and is changed to the malformed one. */
  update?: boolean;
  /** The field that the message must name. */
  field: string;
  /** What the message must tell to do. */
  remedy: string;
}

/** Cases of one kind. */
export function casesOf(kind: KindName, cases: readonly Omit<MalformedCase, "kind">[]): MalformedCase[] {
  return cases.map((malformed) => ({ kind, ...malformed }));
}
