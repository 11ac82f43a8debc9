/** Runs a subcommand. `signal` is aborted by SIGTERM and SIGINT. Returns the exit code. */
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
  const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (load === undefined) {
    const isHelp = name === "" || name === "--help";
    console.error(isHelp ? usage : `there is no subcommand ${JSON.stringify(name)}; ${usage}`);
    return name === "--help" ? 0 : 2;
  }
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  const subcommand = await load();
  return subcommand(argv, stop.signal);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
