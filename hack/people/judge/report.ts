import { type Expression, expressions } from "../expression/expression.ts";
import type { Answer, Seen } from "./examine.ts";
import { equalErrorRate, type Labelled, pairsOf, rankOne, trueAcceptRate } from "./measures.ts";

/** A measured figure, and the floor that the drawings must reach, if it has one. */
export type Figure = { name: string; value: number; unit: "%" | "" } & Partial<Floor>;
type Floor = { floor: number; direction: "at least" | "at most" };

/** Whether a figure reaches its floor; one without a floor always does. */
export function holds({ value, floor, direction }: Figure): boolean {
  if (floor === undefined) return true;
  return direction === "at least" ? value >= floor : value <= floor;
}

/** The figures of set A: mild expressions, many pictures a person; who is it? */
export function identityFigures(answers: readonly Answer[]): Figure[] {
  const faces = answers.flatMap(({ person, seen }) => (seen ? [{ person, embedding: seen.embedding }] : []));
  const pairs = pairsOf(faces);
  const equal = equalErrorRate(pairs);
  const [gallery, probes] = split(faces);
  return [
    { name: "found, score above .5", value: found(answers, 0.5), unit: "%", floor: 90, direction: "at least" },
    { name: "found, score above .3", value: found(answers, 0.3), unit: "%" },
    {
      name: "rank-1 from one picture",
      value: 100 * rankOne(gallery, probes),
      unit: "%",
      floor: 97,
      direction: "at least",
    },
    { name: "equal error rate", value: 100 * equal.rate, unit: "%", floor: 3, direction: "at most" },
    { name: "true accepts at 1% false accepts", value: 100 * trueAcceptRate(pairs, 0.01), unit: "%" },
    { name: "threshold at the equal error rate (L2)", value: equal.threshold, unit: "" },
    {
      name: "median distance, same person",
      value: median(pairs.filter(({ same }) => same).map(({ distance }) => distance)),
      unit: "",
    },
    {
      name: "median distance, two people",
      value: median(pairs.filter(({ same }) => !same).map(({ distance }) => distance)),
      unit: "",
    },
    { name: "landmarks off the drawn ones (eye distances)", value: meanPointError(answers), unit: "" },
  ];
}

/** The figures of set B: full expressions; what do they show? */
export function expressionFigures(answers: readonly Answer[]): Figure[] {
  return [
    { name: "found, score above .3", value: found(answers, 0.3), unit: "%" },
    ...expressions.map((name): Figure => ({
      name: `recall of ${name}`,
      value: 100 * (confusion(answers)[name][name] ?? 0),
      unit: "%",
    })),
  ];
}

/** How often each drawn expression is read as each other, among the faces that were found. */
export function confusion(answers: readonly Answer[]): Record<Expression, Partial<Record<Expression, number>>> {
  const shares = {} as Record<Expression, Partial<Record<Expression, number>>>;
  for (const drawn of expressions) {
    const seen = answers.flatMap((answer) =>
      answer.felt.name === drawn && answer.seen ? [answer.seen.expression] : [],
    );
    const counted = expressions.map(
      (read) => [read, seen.filter((name) => name === read).length / seen.length] as const,
    );
    shares[drawn] = Object.fromEntries(counted);
  }
  return shares;
}

/** The first found picture of each person, and all the others. */
function split(faces: readonly Labelled[]): [gallery: Labelled[], probes: Labelled[]] {
  const first = new Map<string, Labelled>();
  for (const face of faces) if (!first.has(face.person)) first.set(face.person, face);
  return [[...first.values()], faces.filter((face) => first.get(face.person) !== face)];
}

/** The part of the pictures, in %, in which the detector is at least so sure of the face. */
function found(answers: readonly Answer[], score: number): number {
  return (100 * answers.filter(({ seen }) => seen !== null && seen.score > score).length) / answers.length;
}

function meanPointError(answers: readonly Answer[]): number {
  const seen = answers.flatMap((answer): Seen[] => (answer.seen ? [answer.seen] : []));
  return seen.reduce((sum, { pointError }) => sum + pointError, 0) / seen.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
