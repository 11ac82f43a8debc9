import type { Felt } from "../expression/expression.ts";
import { expressions } from "../expression/expression.ts";
import { type Answer, type Exam, examine } from "./examine.ts";
import { openJudges } from "./networks.ts";
import { expressionFigures, type Figure, identityFigures } from "./report.ts";
import { SEEDS } from "./seeds.ts";

const MILD: Felt[] = [
  { name: "neutral", strength: 1 },
  { name: "neutral", strength: 1 },
  { name: "neutral", strength: 1 },
  { name: "happy", strength: 0.5 },
  { name: "surprised", strength: 0.4 },
  { name: "sad", strength: 0.5 },
];

export type JudgeOptions = {
  /** People of set A and of set B; 60 and 30 are what the floors are stated for. */
  people?: { a: number; b: number };
  /** The first seed; the judging range by default, the tuning range while tuning. */
  firstSeed?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, of: number) => void;
};

export type Judgement = { a: Figure[]; b: Figure[]; answers: { a: Answer[]; b: Answer[] } };

/** Shows people whom no tuning has seen to pretrained networks and measures what these make of them. */
export async function judge(options: JudgeOptions = {}): Promise<Judgement> {
  const { people = { a: 60, b: 30 }, firstSeed = SEEDS.judging.first, signal, onProgress } = options;
  await using slot = await openJudges(1);
  const full = expressions.map((name): Felt => ({ name, strength: 1 }));
  const seedsFrom = (first: number, count: number): number[] =>
    Array.from({ length: count }, (_, index) => first + index);
  const exams: [Exam, Exam] = [
    { name: "A", seeds: seedsFrom(firstSeed, people.a), shows: MILD },
    { name: "B", seeds: seedsFrom(firstSeed + people.a, people.b), shows: full },
  ];
  const total = exams.reduce((sum, { seeds, shows }) => sum + seeds.length * shows.length, 0);
  let done = 0;
  const sit = async (exam: Exam): Promise<Answer[]> => {
    const answers: Answer[] = [];
    for await (const answer of examine(slot, exam)) {
      signal?.throwIfAborted();
      answers.push(answer);
      onProgress?.(++done, total);
    }
    return answers;
  };
  const a = await sit(exams[0]);
  const b = await sit(exams[1]);
  return { a: identityFigures(a), b: expressionFigures(b), answers: { a, b } };
}
