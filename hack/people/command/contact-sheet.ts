import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Command } from "commander";
import { SEEDS } from "../judge/seeds.ts";
import { drawContactSheet } from "../sheet/contact-sheet.ts";
import { wholeNumber } from "./options.ts";

type Options = { out: string; first: number; people: number; side: number };

export function contactSheetCommand(): Command {
  return new Command("contact-sheet")
    .description("draw people side by side: a row a person, a column an expression")
    .option("--out <file>", "the JPEG to write", "docs/people/contact-sheet.jpg")
    .option("--first <seed>", "seed of the first person", wholeNumber(0, 2 ** 31), SEEDS.sheet.first)
    .option("--people <count>", "number of people", wholeNumber(1, 100), 9)
    .option("--side <pixels>", "side of a picture", wholeNumber(48, 512), 144)
    .action(writeSheet);
}

async function writeSheet({ out, first, people, side }: Options): Promise<void> {
  const jpeg = await drawContactSheet({ seeds: Array.from({ length: people }, (_, row) => first + row), side });
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, jpeg);
  process.stderr.write(`wrote ${out}, ${Math.round(jpeg.length / 1024)} KB\n`);
}
