import { exitCodeOf, wordsOf } from "../operator/kit/ending.ts";
import { BadFlag } from "../operator/kit/flags.ts";
import { terminationSignal } from "../operator/kit/termination.ts";

/** Runs a subcommand. `signal` is aborted by SIGTERM and SIGINT. Returns the exit code: operator/kit/ending.ts has the rule. */
type Subcommand = (argv: readonly string[], signal: AbortSignal) => Promise<number>;

/** Subcommands by name, loaded when they are run: a build Job needs no web server, a server no build. */
const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  build: async () => (await import("./build/build.ts")).build,
  evaluate: async () => (await import("./evaluate/evaluate.ts")).evaluate,
  serve: async () => (await import("./serve/serve.ts")).serve,
};

const names = Object.keys(subcommands).join(" | ");
const usage = `usage: node runtime/main.ts <${names}> [flags]; --help after a subcommand tells its flags`;

async function main([name = "", ...argv]: readonly string[]): Promise<number> {
  if (name === "--help") {
    console.log(usage);
    return 0;
  }
  const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (load === undefined) throw new BadFlag(`there is no subcommand ${JSON.stringify(name)}; ${usage}`);
  stop = terminationSignal();
  const subcommand = await load();
  return subcommand(argv, stop);
}

let stop: AbortSignal | undefined;
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(wordsOf(error, stop));
  process.exitCode = exitCodeOf(error, stop);
}
