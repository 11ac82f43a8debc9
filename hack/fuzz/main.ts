import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { cacheDirectory } from "../cluster/cache.ts";
import { interruption, runCommand } from "../command.ts";
import { writeAtomically } from "../models/atomic-write.ts";
import { makeCase } from "./case.ts";
import { collectCorpus, type Specimen } from "./corpus.ts";
import { Runner, type CaseResult } from "./runner.ts";
import { Tally } from "./tally.ts";

interface Flags {
  readonly seconds: number;
  readonly seed: number;
  readonly from: number;
  readonly cases?: number;
  readonly milliseconds: number;
  readonly megabytes: number;
}

const whole = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("it must be a whole number below 1000000000");
  return Number(text);
};

const signal = interruption();

const program = new Command("fuzz")
  .description("Break models in many ways and see that reading them neither crashes, hangs, nor takes too much memory.")
  .option("--seconds <n>", "how long", whole, 60)
  .option("--seed <n>", "the same seed makes the same cases", whole, 1)
  .option("--from <n>", "the first case: a finding names it", whole, 0)
  .option("--cases <n>", "stop after so many", whole)
  .option("--milliseconds <n>", "what one case may take of processor time", whole, 5000)
  .option("--megabytes <n>", "what one case may take of heap, and beside it", whole, 512)
  .action(async (flags: Flags) => {
    const exported = join(cacheDirectory(), "oracles", "models");
    const corpus = await collectCorpus(flags.seed, exported, signal);
    console.error(`${corpus.length} models; seed ${flags.seed}; ${flags.seconds} s`);
    const tally = await fuzz(corpus, flags);
    console.log(tally.describe());
    if (tally.findings > 0) process.exitCode = 1;
  });

async function fuzz(corpus: readonly Specimen[], flags: Flags): Promise<Tally> {
  const { seconds, seed, from, cases = Infinity } = flags;
  const tally = new Tally();
  const end = performance.now() + seconds * 1000;
  await using runner = new Runner(corpus, seed, flags);
  let told = performance.now();
  for (let index = from; index < from + cases && performance.now() < end; index++) {
    if (signal.aborted) break;
    const result = await runner.run(index);
    if (tally.add(result)) await save(corpus, seed, index, result);
    if (performance.now() - told < 10_000) continue;
    told = performance.now();
    console.error(tally.describe());
  }
  return tally;
}

/** Keeps the file of a finding, and says how to have it again. */
async function save(corpus: readonly Specimen[], seed: number, index: number, result: CaseResult): Promise<void> {
  const path = join(cacheDirectory(), "fuzz", `${seed}-${index}.onnx`);
  await writeAtomically(path, [makeCase(corpus, seed, index)]);
  console.error(`found: ${describe(result)}\n  ${path}\n  again: --seed ${seed} --from ${index} --cases 1`);
}

function describe(result: CaseResult): string {
  switch (result.kind) {
    case "found":
      return `${result.stage}: ${result.problem}`;
    case "exceeded":
      return `it takes too much ${result.what}`;
    case "taken":
    case "refused":
      return result.kind;
  }
}

await runCommand(program, signal);
