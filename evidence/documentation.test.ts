import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { clopperPearson } from "./floor.ts";
import { power, seededRandom } from "./power.ts";
import { decodeTally } from "./tally.ts";
import { decide } from "./verdict.ts";

const page = readFileSync(new URL("../docs/evidence.md", import.meta.url), "utf8");

/** The rows of the table under a heading, as cells without quotes. */
function table(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]!.split("\n## ")[0]!;
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

const usual = { margin: 0.05, alpha: 0.05, minSamples: 30, deadlinePassed: false };
const short = (value: number): string => String(Number(value.toFixed(3)));

describe("docs/evidence.md says what the code does", () => {
  test.each(table("An example"))("in the example: %s, tally %j", (_candidate, tally, ...shown) => {
    const { n, estimate, lower, upper, logWealth, logWealthAgainst, verdict, reason } = decide(
      decodeTally(tally),
      usual,
    );
    expect(shown).toEqual([
      String(n),
      estimate === null ? "" : short(estimate),
      `${short(lower)} to ${short(upper)}`,
      Math.exp(logWealth).toFixed(2),
      Math.exp(logWealthAgainst).toFixed(2),
      verdict,
      reason,
    ]);
  });

  test.each([
    ["first tie multiplies the wealth by", "0:1"],
    ["a win by", "1:1"],
    ["a loss by", "-1:1"],
  ])("%s", (words, tally) => {
    const factor = short(Math.exp(decide(decodeTally(tally), usual).logWealth));
    expect(page.replaceAll("\n", " ")).toMatch(new RegExp(`${words} ${factor.replace(".", "\\.")}[ ,.]`));
  });

  test.each(table("How much evidence it takes").map((row) => row.map(Number)))(
    "margin %d at disagreement %d needs about that many units",
    (margin = NaN, disagreement = NaN, half = NaN, most = NaN) => {
      const test = { margin, alpha: 0.05, limit: 3000 };
      const worth = power({ difference: 0, disagreement }, test, 500, seededRandom(7));
      expect(worth.medianSamples! / half).toBeGreaterThan(0.8);
      expect(worth.medianSamples! / half).toBeLessThan(1.25);
      expect(worth.ninetiethSamples! / most).toBeGreaterThan(0.8);
      expect(worth.ninetiethSamples! / most).toBeLessThan(1.25);
    },
  );

  test("of the bounds of 97 in 100", () => {
    const { lower, upper } = clopperPearson({ successes: 97, trials: 100 }, 0.05);
    expect(page).toContain(`have the bounds ${short(lower)} and ${short(upper)}`);
  });

  test("both tables are there", () => {
    expect(table("An example").length).toBeGreaterThan(4);
    expect(table("How much evidence it takes").length).toBeGreaterThan(4);
  });
});
