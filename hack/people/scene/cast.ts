import type { Person } from "./script.ts";

/** The people of the quickstart's gallery. Seeds from the judging range never appear here. */
export const ENROLLED: Person[] = [
  { id: "amara", seed: 9001 },
  { id: "bruno", seed: 9002 },
  { id: "chen", seed: 9003 },
  { id: "dalia", seed: 9004 },
];

/** People whom the gallery does not know. */
export const STRANGERS: Person[] = [
  { id: "stranger-1", seed: 9105 },
  { id: "stranger-2", seed: 9114 },
];
