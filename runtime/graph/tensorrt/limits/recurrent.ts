import { stringOf } from "../../attributes.ts";
import type { Limit } from "../limit.ts";
import type { Site } from "../site.ts";
import { sources } from "../source.ts";

const isMirrored = ({ made }: Site): boolean => {
  const activations = made.attributes.find(({ name }) => name === "activations")?.strings ?? [];
  const names = activations.map((bytes) => new TextDecoder().decode(bytes).toLowerCase());
  return isTwice(names) && ["activation_alpha", "activation_beta"].every((name) => isTwice(floatsOf(made, name)));
};

/** Whether the second half of a list is the first again. */
const isTwice = (list: readonly unknown[]): boolean =>
  list.every((element, index) => element === list[(index + list.length / 2) % list.length]);

const floatsOf = ({ attributes }: Site["made"], wanted: string): readonly number[] =>
  attributes.find(({ name }) => name === wanted)?.floats ?? [];

/** Loops over a sequence that the parser knows as a whole. */
export const recurrentLimits: readonly Limit[] = [
  {
    operators: ["GRU", "LSTM", "RNN"],
    broken: (site) =>
      stringOf(site.made, "direction", "forward") !== "bidirectional" || isMirrored(site)
        ? undefined
        : "the two directions have other activation functions, or other numbers for them",
    remedy: "write it as two nodes, one of them reverse, and Concat",
    source: sources.checkers,
  },
];
