import { Command } from "commander";
import { expressions } from "../expression/expression.ts";
import { judge, type Judgement } from "../judge/judge.ts";
import { confusion, type Figure, holds } from "../judge/report.ts";
import { SEEDS } from "../judge/seeds.ts";
import { progressLine, wholeNumber } from "./options.ts";

type Options = { a: number; b: number; first: number };

export function judgeCommand(signal: AbortSignal): Command {
  return new Command("judge")
    .description("show drawn people to pretrained networks, and fail when a floor is missed")
    .option("--a <people>", "people of set A: mild expressions", wholeNumber(3, 1000), 60)
    .option("--b <people>", "people of set B: full expressions", wholeNumber(3, 1000), 30)
    .option("--first <seed>", "seed of the first person", wholeNumber(0, 2 ** 31), SEEDS.judging.first)
    .action(async ({ a, b, first }: Options) => {
      const onProgress = (done: number, of: number): void =>
        progressLine(`judged ${done} of ${of} pictures`, done === of);
      const judgement = await judge({ people: { a, b }, firstSeed: first, signal, onProgress });
      process.stdout.write(describe(judgement, { a, b }));
      if (!judgement.a.every(holds)) process.exitCode = 1;
    });
}

function describe({ a, b, answers }: Judgement, people: { a: number; b: number }): string {
  return [
    "Networks of face-api: tiny detector at 224, 68 landmarks, dlib's recognition, expression",
    "",
    `Set A: ${people.a} people, six pictures each (three neutral, happy .5, surprised .4, sad .5)`,
    ...a.map(figureLine),
    "",
    `Set B: ${people.b} people, seven full expressions each`,
    ...b.map(figureLine),
    "",
    "Set B, % of a drawn expression (row) read as another (column)",
    ...confusionLines(confusion(answers.b)),
    "",
  ].join("\n");
}

function figureLine(figure: Figure): string {
  const { name, value, unit, floor, direction } = figure;
  const shown = unit === "%" ? `${value.toFixed(1)}%` : value.toFixed(3);
  const verdict = floor === undefined ? "" : `${direction} ${floor}%: ${holds(figure) ? "holds" : "MISSED"}`;
  return `  ${name.padEnd(46)}${shown.padStart(7)}   ${verdict}`.trimEnd();
}

function confusionLines(shares: ReturnType<typeof confusion>): string[] {
  const short = (name: string): string => name.slice(0, 6).padStart(8);
  return [
    `  ${"".padEnd(10)}${expressions.map(short).join("")}`,
    ...expressions.map((drawn) => {
      const cells = expressions.map((read) => String(Math.round(100 * (shares[drawn][read] ?? 0))).padStart(8));
      return `  ${drawn.padEnd(10)}${cells.join("")}`;
    }),
  ];
}
