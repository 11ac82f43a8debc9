/** Why the reader stops at a field; decode.ts adds where. */
export class Refusal extends Error {}
