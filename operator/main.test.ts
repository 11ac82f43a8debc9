import { expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { join } from "node:path";

/** The commands of the product, as processes: what ends them is one table. The rule is kit/ending.ts. */

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  const main = join(import.meta.dirname, "..", program, "main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const operator = ["--namespace=doors", "--runtime-image=facefleet:1"];
const serve = ["serve", "--node=n", "--namespace=doors", "--store=/tmp/nowhere"];

test.each<[program: string, args: readonly string[], code: number, words: RegExp]>([
  ["operator", ["--help"], 0, /^operator --namespace=NAME/],
  ["operator", [], 2, /^facefleet-operator: --namespace is missing: give the namespace of the FaceModels\n$/],
  ["operator", ["--colour"], 2, /^facefleet-operator: Unknown option '--colour'(?![^]*Unknown option)/],
  ["operator", [...operator, "--health-port=x"], 2, /^facefleet-operator: --health-port=x is no port/],
  ["operator", [...operator, "--kubeconfig=/nowhere"], 1, /^facefleet-operator: [^]*\/nowhere/],
  ["runtime", ["--help"], 0, /^usage: node runtime\/main.ts <build \| evaluate \| serve>/],
  ["runtime", [], 2, /^there is no subcommand ""; usage:/],
  ["runtime", ["bild"], 2, /^there is no subcommand "bild"; usage:/],
  ["runtime", ["build", "--help"], 0, /^Usage: build /],
  ["runtime", ["build", "--recipe=r", "--store=s", "--colour"], 2, /^build: unknown option '--colour'/],
  ["runtime", ["evaluate"], 2, /^evaluate: required option '--engine <folder>' not specified; see --help\n$/],
  ["runtime", ["serve", "--help"], 0, /^serve --node=NAME/],
  ["runtime", ["serve"], 2, /^--node is missing: give the name of the node/],
  ["runtime", [...serve, "--kubeconfig=/nowhere"], 1, /\/nowhere/],
])("%s %j ends with %i and says why", async (program, args, code, words) => {
  const ended = await run(program, args);
  expect({ code: ended.code, said: code === 0 ? ended.stdout : ended.stderr }).toEqual({
    code,
    said: expect.stringMatching(words),
  });
  expect(code === 0 ? ended.stderr : ended.stdout).toBe("");
});
