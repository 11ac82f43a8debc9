import { stringOf } from "../../attributes.ts";
import type { Limit } from "../limit.ts";
import type { Site } from "../site.ts";
import { sources } from "../source.ts";

const isMirrored = ({ made }: Site): boolean => {
  const activations = made.attributes.find(({ name }) => name === "activations")?.strings ?? [];
  const names = activations.map((bytes) => new TextDecoder().decode(bytes).toLowerCase());
  const half = names.length / 2;
  return names.every((name, index) => name === names[(index + half) % names.length]);
};

/** Loops over a sequence that the parser knows as a whole. */
export const recurrentLimits: readonly Limit[] = [
  {
    operators: ["GRU", "LSTM", "RNN"],
    broken: (site) =>
      stringOf(site.made, "direction", "forward") !== "bidirectional" || isMirrored(site)
        ? undefined
        : "the two directions have other activation functions",
    remedy: "write it as two nodes, one of them reverse, and Concat",
    source: sources.checkers,
  },
];
