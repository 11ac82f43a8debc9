import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { interruption, runCommand } from "../command.ts";
import { UsageError } from "../cluster/errors.ts";
import { isSent, parseIgnore } from "./context.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { type Image, replay } from "./replay.ts";

const checkout = join(import.meta.dirname, "../..");

/** What an image must be able to do: arguments of its entry point, and what is then said. */
const trials: readonly { readonly args: readonly string[]; readonly says: RegExp }[] = [
  { args: ["operator/main.ts", "--help"], says: /^operator --namespace/ },
  { args: ["runtime/main.ts", "serve", "--help"], says: /^serve --node/ },
  { args: ["runtime/main.ts", "build", "--help"], says: /^Usage: build/ },
  { args: ["runtime/main.ts", "evaluate", "--help"], says: /^Usage: evaluate/ },
  {
    args: ["--eval", 'require("onnxruntime-node"); require("sharp"); console.log("libraries are loaded")'],
    says: /^libraries are loaded$/,
  },
];

const signal = interruption();

const program = new Command("image")
  .description(
    "Replays the Dockerfile in a temporary folder, without containers, and runs every entry point of what comes of it.",
  )
  .action(async () => {
    const folder = await mkdtemp(join(tmpdir(), "facefleet-image-"));
    try {
      await check(folder, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

async function check(folder: string, signal: AbortSignal): Promise<void> {
  const context = join(folder, "context");
  await sendContext(context, signal);
  const instructions = parseDockerfile(await readFile(join(checkout, "Dockerfile"), "utf8"));
  const image = await replay(instructions, { context, folder, signal, onStep: (line) => console.log(line) });
  await rm(context, { recursive: true });
  for (const { args, says } of trials) {
    const said = await runIn(image, args, signal);
    if (!says.test(said)) throw new UsageError(`${args.join(" ")} says, instead of ${String(says)}: ${said}`);
    console.log(`ok  ${args.join(" ")}`);
  }
}

/** Copies what git knows, or would, and .dockerignore lets through. */
async function sendContext(folder: string, cancelSignal: AbortSignal): Promise<void> {
  const patterns = parseIgnore(await readFile(join(checkout, ".dockerignore"), "utf8"));
  const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const { stdout } = await execa("git", listing, { cwd: checkout, cancelSignal });
  for (const path of stdout.split("\0").filter((each) => each !== "" && isSent(each, patterns))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await copyFile(join(checkout, path), join(folder, path));
  }
}

/** Runs the entry point as the image would: with the image's environment alone. */
async function runIn(image: Image, args: readonly string[], cancelSignal: AbortSignal): Promise<string> {
  const [program = "", ...words] = image.entrypoint;
  const env = { PATH: process.env.PATH ?? "", ...image.env };
  const options = { cwd: join(image.root, image.workdir), env, extendEnv: false, cancelSignal };
  return (await execa(program, [...words, ...args], options)).stdout;
}

await runCommand(program, signal);
