import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { nodeStates } from "../../crds/facemodel.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

function filesIn(folder: string, end: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(end) && !path.includes("node_modules"))
    .map((path) => join(folder, path));
}

const pages = [
  ...readdirSync(root).filter((path) => path.endsWith(".md")),
  ...["docs", "hack", "examples", "charts", "evidence"].flatMap((folder) => filesIn(folder, ".md")),
];

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): string[] {
  const headings = read(page).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Links of a page that lead nowhere. */
function deadLinksOf(page: string): string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
}

test.each(pages)("every link of %s leads somewhere", (page) => {
  expect(deadLinksOf(page)).toEqual([]);
});

describe("the table of what to do when a rollout is stuck", () => {
  const sources = filesIn("operator", ".ts")
    .filter((path) => !/\.(test|fake)\.ts$/.test(path))
    .map(read)
    .join("\n");
  const stuck = /## When it is stuck\n([^]*?)\n## /.exec(read("docs/operations.md"))![1]!;
  const words = [...stuck.matchAll(/^\| (`[^|]*)\|/gm)].flatMap(
    ([, cell]) => cell!.match(/(?<=`)[A-Z]\w+(?=`)/g) ?? [],
  );

  /** Reasons that a FaceModel can have, as far as the source has them as they are. */
  const given = ["rollout/state.ts", "rollout/waves.ts", "resolve.ts"]
    .map((path) => read(`operator/plan/${path}`))
    .flatMap((source) => [
      ...source.matchAll(/verdict\(\s*[^,]*,\s*"\w+",\s*(?:\w+ === undefined \? )?("\w+")/g),
      ...source.matchAll(/reason\??:\s*("\w+"(?:\s*\| "\w+")*);/g),
      ...source.matchAll(/return ("\w+");/g),
    ])
    .flatMap(([, reasons]) => reasons!.match(/\w+/g)!);

  test.each(words)("names %s as the code does", (word) => {
    // A gate's name is put before Failed.
    const literal = /^(Offline|Online|Runtime|Soak|Decision)Failed$/.exec(word)?.[1] ?? word;
    expect((nodeStates as readonly string[]).includes(word) || sources.includes(`"${literal}"`)).toBe(true);
  });

  test.each([...new Set(given)].filter((reason) => reason !== "Promoted"))("has %s", (reason) => {
    expect(words).toContain(reason);
  });
});
